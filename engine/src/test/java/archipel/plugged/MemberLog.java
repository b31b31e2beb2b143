package archipel.plugged;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.BatchRunner;
import archipel.log.CommandLog;
import archipel.log.FaultPolicy;
import archipel.log.ForwardingMachine;
import archipel.log.LogContext;
import archipel.log.LogEntry;
import archipel.log.LogFactory;
import archipel.log.LogPosition;
import archipel.log.OpenBatch;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of a group's only member, as a replicated one would be: it has the commands' bytes, one order and one thread
 * for each group, and entries that are no commands. It is not in the engine's packages, and uses what is public there.
 */
final class MemberLog implements CommandLog {
    private final LogContext context;
    private final Entries entries;
    private final Map<Integer, Member> members = new TreeMap<>();

    private MemberLog(LogContext context, Entries entries) {
        this.context = context;
        this.entries = entries;
        context.machines().forEach((group, machine) -> members.put(group, new Member(group, machine)));
        members.values().forEach(Member::start);
    }

    /** What outlives the node: the entries of all groups. */
    static final class Entries implements LogFactory {
        private final Map<Integer, List<Entry>> ofGroups = new HashMap<>();
        private final Map<Integer, Long> terms = new HashMap<>();
        // Up to which index a group is applied for now.
        private final Map<Integer, Long> held = new ConcurrentHashMap<>();
        private final Map<Integer, Hook> hooks = new ConcurrentHashMap<>();
        private final Map<Integer, Hook> laterHooks = new ConcurrentHashMap<>();
        private final int dataGroups;

        /** @param dataGroups over how many groups databases are spread */
        Entries(int dataGroups) {
            this.dataGroups = dataGroups;
        }

        @Override
        public boolean isReplicated() {
            return true;
        }

        @Override
        public int dataGroups() {
            return dataGroups;
        }

        @Override
        public CommandLog open(LogContext context) {
            return new MemberLog(context, this);
        }

        /** From the next start on the group stays where it is, up to that index. */
        void hold(int group, long index) {
            held.put(group, index);
        }

        void release() {
            held.clear();
        }

        /** Does something once on the group's thread, when its next batch is stored and not shown yet. */
        void beforeShowing(int group, Hook hook) {
            hooks.put(group, hook);
        }

        /** Likewise, when the batch is published, and readers do not see it yet. */
        void beforeReaders(int group, Hook hook) {
            laterHooks.put(group, hook);
        }

        private void stored(int group) {
            run(hooks.remove(group));
        }

        private void published(int group) {
            run(laterHooks.remove(group));
        }

        private static void run(@Nullable Hook hook) {
            if (hook != null) {
                try {
                    hook.run();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @FunctionalInterface
        interface Hook {
            void run() throws InterruptedException;
        }

        /** The index of the newest entry. */
        synchronized long last(int group) {
            return of(group).size();
        }

        private synchronized List<Entry> of(int group) {
            return ofGroups.computeIfAbsent(group, made -> new ArrayList<>());
        }

        private synchronized long elect(int group) {
            long term = terms.merge(group, 1L, Long::sum);
            add(group, term, null);
            return term;
        }

        private synchronized LogPosition add(int group, long term, byte @Nullable [] bytes) {
            LogPosition position = new LogPosition(of(group).size() + 1, term);
            of(group).add(new Entry(position, bytes));
            notifyAll();
            return position;
        }

        // Empty where there is none in time.
        private synchronized List<Entry> after(int group, long index) throws InterruptedException {
            long end = Math.min(of(group).size(), held.getOrDefault(group, Long.MAX_VALUE));
            if (end <= index) {
                wait(50);
                end = Math.min(of(group).size(), held.getOrDefault(group, Long.MAX_VALUE));
            }
            return end <= index ? List.of() : List.copyOf(of(group).subList((int) index, (int) end));
        }

        /** @param bytes null for one that is no command */
        private record Entry(LogPosition position, byte @Nullable [] bytes) {}
    }

    /** One group: who waits, and the thread that applies. */
    private final class Member {
        private final int group;
        private final StateMachine machine;
        private final long term;
        private final Map<Long, CompletableFuture<?>> waiting = new ConcurrentHashMap<>();
        private final Thread thread;
        // Of all entries, commands or not; guarded by this, and the next as well.
        private long applied;
        private boolean closed;

        Member(int group, StateMachine machine) {
            this.group = group;
            this.machine = new ForwardingMachine(machine) {
                @Override
                public Round begin(Batch batch) {
                    return new ForwardingRound(super.begin(batch)) {
                        @Override
                        public Publication commit() {
                            Publication publication = super.commit();
                            return () -> {
                                entries.stored(group);
                                publication.publish();
                                entries.published(group);
                            };
                        }
                    };
                }
            };
            this.term = entries.elect(group);
            this.thread = context.threads().unstarted("member-" + group, this::run);
        }

        void start() {
            thread.start();
        }

        <A extends @Nullable Object> CompletableFuture<Applied<A>> append(Command<A> command) {
            CompletableFuture<Applied<A>> result = new CompletableFuture<>();
            byte[] bytes =
                    machine.codec().encode(command.stamped(context.clock().millis()));
            synchronized (this) {
                if (closed) {
                    return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPING));
                }
                // Before it can be applied.
                synchronized (entries) {
                    waiting.put(entries.last(group) + 1, result);
                    entries.add(group, term, bytes);
                }
            }
            return result;
        }

        private void run() {
            try {
                long first = applied();
                while (!isClosed()) {
                    List<Entries.Entry> next = entries.after(group, first);
                    if (!next.isEmpty()) {
                        apply(next);
                        first = next.getLast().position().index();
                        reached(first);
                        if (next.stream().anyMatch(entry -> entry.bytes() == null && entry.position.term() == term)) {
                            context.leadership().begin(group, term);
                        }
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        // From its first entry on, as where a snapshot is old: what the machine has is passed over.
        private void apply(List<Entries.Entry> next) {
            BatchRunner runner = context.runner();
            OpenBatch batch = runner.open(FaultPolicy.HALT);
            try {
                for (Entries.Entry entry : next) {
                    byte[] bytes = entry.bytes();
                    if (bytes != null) {
                        batch.apply(machine, entry.position(), new Delivered<>(this, entry.position(), bytes));
                    }
                    if (batch.isFull()) {
                        runner.complete(batch);
                        batch.close();
                        batch = runner.open(FaultPolicy.HALT);
                    }
                }
                runner.complete(batch);
            } finally {
                batch.close();
            }
        }

        private synchronized long applied() {
            return applied;
        }

        private synchronized void reached(long index) {
            applied = index;
            notifyAll();
        }

        private synchronized boolean isClosed() {
            return closed;
        }

        synchronized void awaitApplied(long index) throws InterruptedException {
            while (applied < index && !closed) {
                wait();
            }
        }

        void close() {
            synchronized (this) {
                closed = true;
                notifyAll();
            }
            context.leadership().end(group, term);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            waiting.values().forEach(result -> result.completeExceptionally(new RequestException(ErrorCode.STOPPING)));
        }
    }

    private static final class Delivered<A extends @Nullable Object> extends LogEntry<A> {
        private final @Nullable CompletableFuture<Applied<A>> result;

        @SuppressWarnings("unchecked")
        Delivered(Member member, LogPosition position, byte[] bytes) {
            super((Command<A>) member.machine.codec().decode(bytes));
            this.result = (CompletableFuture<Applied<A>>) member.waiting.remove(position.index());
        }

        @Override
        protected void done(LogPosition at, Outcome<A> came) {
            if (result != null) {
                switch (came) {
                    case Outcome.Done<A> done -> result.complete(new Applied<>(at.index(), done.answer()));
                    case Outcome.Refused<A> refused ->
                        result.completeExceptionally(new RequestException(
                                refused.code(), refused.fields().toArray()));
                }
            }
        }

        @Override
        protected void failed(RuntimeException e) {
            if (result != null) {
                result.completeExceptionally(e);
            }
        }
    }

    @Override
    public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
        return members.get(group).append(command);
    }

    @Override
    public CompletableFuture<@Nullable Void> readBarrier(int group) {
        Member member = members.get(group);
        long last = entries.last(group);
        CompletableFuture<@Nullable Void> passed = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                member.awaitApplied(last);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            passed.complete(null);
        });
        return passed;
    }

    @Override
    public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
        throw new UnsupportedOperationException("its own snapshots bring another state");
    }

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public int waiting() {
        return members.values().stream()
                .mapToInt(member -> member.waiting.size())
                .sum();
    }

    @Override
    public void close() {
        members.values().forEach(Member::close);
    }
}
