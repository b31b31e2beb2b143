package archipel.ensemble;

import archipel.raft.RaftHost;
import archipel.settings.Settings;
import archipel.transport.MemberSecret;
import archipel.transport.TransportOptions;
import java.util.SortedMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What a member of an ensemble is to be like.
 *
 * @param name its own, of a node that becomes a member; empty for the first that has an address of this machine which
 *     is free
 * @param members all of them, this one included, as far as they are given; a formed ensemble knows its members, and
 *     takes new addresses of them alone
 * @param secret what they have in common, of a node that becomes a member
 * @param origin random bits, of a node that becomes a member
 * @param observer whether it follows without a vote
 * @param dataGroups how many groups hold databases, of an ensemble that begins; the same on all members
 * @param logBufferBytes how much of the log is held in memory beside its file, at the most
 * @param imageBytesPerSecond how fast images are sent, all together; 0 for as fast as it goes
 * @param version of the program, for people
 * @param transport a last change of how the connections are made
 */
public record EnsembleOptions(
        String name,
        SortedMap<String, MemberAddress> members,
        Supplier<MemberSecret> secret,
        long origin,
        boolean observer,
        int dataGroups,
        long logBufferBytes,
        long imageBytesPerSecond,
        RaftHost.Timing timing,
        ReplicatedLog.Patience patience,
        String version,
        UnaryOperator<TransportOptions> transport) {
    /**
     * As settings have it.
     *
     * @param secret used where the node becomes a member
     * @throws IllegalArgumentException that says which members are not given as they should be
     */
    public static EnsembleOptions of(Settings settings, Supplier<MemberSecret> secret, long origin, String version) {
        return new EnsembleOptions(
                settings.get(EnsembleSettings.ENSEMBLE_NAME),
                MemberAddress.parse(settings.get(EnsembleSettings.ENSEMBLE)),
                secret,
                origin,
                settings.get(EnsembleSettings.OBSERVER),
                settings.get(EnsembleSettings.ENSEMBLE_GROUPS),
                settings.get(EnsembleSettings.ENSEMBLE_LOG_BUFFER_SIZE),
                settings.get(EnsembleSettings.ENSEMBLE_IMAGE_RATE),
                EnsembleSettings.timing(settings),
                EnsembleSettings.patience(settings),
                version,
                options -> options);
    }
}
