package archipel.transport;

import archipel.transport.CallFailure.Kind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The lanes to one member. */
final class MemberLink implements Link {
    private static final long REPEAT_MS = 60_000;

    private final TransportContext context;
    private final String member;
    private final Consumer<Link> closed;
    private final Map<Lane, OutgoingLane> lanes = new EnumMap<>(Lane.class);
    // Under the lock of this object: how many lanes are connected, and what was told of the last problem.
    private int connected;
    private @Nullable String toldProblem;
    private long toldMs;

    /** @param closed given the link when it is closed */
    MemberLink(TransportContext context, String member, Consumer<Link> closed) {
        this.context = context;
        this.member = member;
        this.closed = closed;
        for (Lane lane : Lane.values()) {
            lanes.put(lane, new OutgoingLane(context, member, lane, this::changed, this::failed));
        }
    }

    private synchronized void changed(boolean made) {
        connected += made ? 1 : -1;
        if (made && connected == 1) {
            toldProblem = null;
            context.sweeper().tell(listener -> listener.connected(member));
        } else if (!made && connected == 0) {
            context.sweeper().tell(listener -> listener.disconnected(member));
        }
    }

    private synchronized void failed(String reason) {
        long nowMs = context.nowMs();
        if (!reason.equals(toldProblem) || nowMs - toldMs >= REPEAT_MS) {
            toldProblem = reason;
            toldMs = nowMs;
            context.sweeper().tell(listener -> listener.unreachable(member, reason));
        }
    }

    @Override
    public String member() {
        return member;
    }

    @Override
    public void call(Service service, ByteBuffer[] request, Duration timeout, Reply reply) {
        context.counters().calls.increment();
        int bound = context.options().bounds().frameBytes();
        long bytes = Frame.bytes(request);
        if (bytes > bound) {
            Call.fail(
                    reply,
                    new CallFailure(Kind.TOO_LARGE, false, bytes + " bytes, where " + bound + " are allowed"),
                    context.counters());
            return;
        }
        lane(service).call(service, request, millis(timeout), reply);
    }

    /** Rounded up, so that no call times out early. */
    private static long millis(Duration timeout) {
        return timeout.compareTo(Duration.ofDays(1)) > 0
                ? Duration.ofDays(1).toMillis()
                : timeout.plusNanos(999_999).toMillis();
    }

    private OutgoingLane lane(Service service) {
        OutgoingLane lane = lanes.get(service.lane());
        if (lane == null) {
            throw new IllegalStateException("every lane was made");
        }
        return lane;
    }

    @Override
    public boolean isConnected(Service service) {
        return lane(service).isConnected();
    }

    @Override
    public void connect(Service service) {
        lane(service).begin();
    }

    @Override
    public void close() {
        lanes.values().forEach(OutgoingLane::close);
        closed.accept(this);
    }
}
