package archipel.transport;

import java.time.Duration;

/**
 * How long the transport waits for what.
 *
 * @param connect until a TCP connection has to be there
 * @param prove until both sides have to have proved themselves, from the beginning of the connection
 * @param ping of silence, while calls are outstanding, after which the other side is pinged
 * @param dead of silence, while calls or a ping are outstanding, after which the connection is closed
 * @param idlePing of silence, while nothing is outstanding, after which the other side is pinged
 * @param stalled after which a connection is closed that has taken nothing of what is being written to it; also, where
 *     members call, one that has been silent; several times {@code idlePing}
 * @param shortestPause before connecting again, the first time
 * @param longestPause which the pause is doubled up to
 */
public record Timing(
        Duration connect,
        Duration prove,
        Duration ping,
        Duration dead,
        Duration idlePing,
        Duration stalled,
        Duration shortestPause,
        Duration longestPause) {
    public static final Timing DEFAULT = new Timing(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(35),
            Duration.ofMillis(50),
            Duration.ofSeconds(1));

    /** The same with others for pings and dead connections. */
    public Timing withPings(Duration newPing, Duration newDead, Duration newIdlePing, Duration newStalled) {
        return new Timing(connect, prove, newPing, newDead, newIdlePing, newStalled, shortestPause, longestPause);
    }

    /** The same with another time for proofs. */
    public Timing withProve(Duration newProve) {
        return new Timing(connect, newProve, ping, dead, idlePing, stalled, shortestPause, longestPause);
    }
}
