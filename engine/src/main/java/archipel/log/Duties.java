package archipel.log;

import archipel.command.Command;
import archipel.command.GroupCommand.Duty;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node does to shared state without being asked, which is for the leader of the group alone. Whoever decides
 * something notes the term first, in which this node leads, and the command carries it: where another node leads by the
 * time the command is applied it is refused with {@link ErrorCode#STALE_TERM}. So no two nodes do the same, and none
 * acts on a state that is behind.
 */
public final class Duties implements Leadership {
    /** In which what this thread does in that group is a duty. */
    private static final ScopedValue<GroupTerm> TERM = ScopedValue.newInstance();

    private final Map<Integer, Long> terms = new ConcurrentHashMap<>();
    private final List<Taken> taken = new CopyOnWriteArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    @Override
    public synchronized void begin(int group, long term) {
        terms.merge(group, term, Math::max);
        for (Taken duty : taken) {
            if (duty.group == group) {
                Thread.ofVirtual().name("archipel-duty").start(() -> duty.work.accept(term));
            }
        }
        listeners.forEach(Runnable::run);
    }

    @Override
    public void end(int group, long term) {
        if (terms.remove(group, term)) {
            listeners.forEach(Runnable::run);
        }
    }

    /**
     * Runs the listener whenever this node has begun or ceased to lead a group. On the log's threads, so that it must
     * neither wait nor append.
     */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** In which this node leads the group; none while it does not. */
    public OptionalLong term(int group) {
        Long term = terms.get(group);
        return term == null ? OptionalLong.empty() : OptionalLong.of(term);
    }

    /** @throws RequestException 503 {@code NOT_LEADER} where this node does not lead the group */
    public long requireTerm(int group) {
        return term(group).orElseThrow(() -> new RequestException(ErrorCode.NOT_LEADER));
    }

    /** Does the work each time that this node begins to lead the group; now, on this thread, where it does. */
    public void whenLeading(int group, LongConsumer work) {
        OptionalLong now;
        synchronized (this) {
            taken.add(new Taken(group, work));
            now = term(group);
        }
        now.ifPresent(work);
    }

    /** Does the work now; what it appends to the group meanwhile, on this thread, is a duty of the term. */
    public static <T> T inTerm(int group, long term, Supplier<T> work) {
        return ScopedValue.where(TERM, new GroupTerm(group, term)).call(work::get);
    }

    /** The command as it is to be appended to the group. */
    public static <A extends @Nullable Object> Command<A> bound(int group, Command<A> command) {
        return TERM.isBound() && TERM.get().group == group ? new Duty<>(TERM.get().term, command) : command;
    }

    private record GroupTerm(int group, long term) {}

    private record Taken(int group, LongConsumer work) {}
}
