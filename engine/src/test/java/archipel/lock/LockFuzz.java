package archipel.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.LockAnswer;
import archipel.command.LockAnswer.Outcome;
import archipel.command.LockBounds;
import archipel.command.LockCommand;
import archipel.command.Refusal;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.MemoryStore;
import archipel.testkit.Seeded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Locks against a model of queues; rounds of any length, that fail or are stored, come to the same rows. */
class LockFuzz {
    private static final LockBounds BOUNDS = new LockBounds(3, 3, 4);

    @Test
    void apply_anyCommands_areAsTheModelHasThem() {
        Seeded.check(300, random -> {
            try (MemoryStore single = MemoryStore.open();
                    MemoryStore grouped = MemoryStore.open()) {
                new Run(random, single, grouped).run();
            }
        });
    }

    private static final class Run {
        private final SplittableRandom random;
        private final MemoryStore single;
        private final MemoryStore grouped;
        private final Model model = new Model();
        private PublishedLocks published = new PublishedLocks(_ -> {});
        private LockTable one;
        private long index;

        Run(SplittableRandom random, MemoryStore single, MemoryStore grouped) {
            this.random = random;
            this.single = single;
            this.grouped = grouped;
            this.one = LockTable.load(single, 0, published);
        }

        void run() {
            List<LockCommand<?>> all = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                LockCommand<?> command = command();
                all.add(command);
                String expected = model.apply(command);
                assertEquals(
                        expected,
                        applied(one, single, List.of(command), ++index, true).getFirst(),
                        command::toString);
                assertEquals(model.locks.keySet(), published.all().keySet());
                if (random.nextInt(20) == 0) {
                    published = new PublishedLocks(_ -> {});
                    one = LockTable.load(single, 0, published);
                    one.replace().publish();
                }
                model.check(published);
            }
            LockTable many = LockTable.load(grouped, 0, new PublishedLocks(_ -> {}));
            int from = 0;
            while (from < all.size()) {
                int to = Math.min(all.size(), from + 1 + random.nextInt(10));
                if (random.nextInt(4) == 0) {
                    applied(many, grouped, all.subList(from, to), from + 1, false);
                }
                applied(many, grouped, all.subList(from, to), from + 1, true);
                from = to;
            }
            assertEquals(rows(single), rows(grouped));
        }

        private LockCommand<?> command() {
            String name = "lock" + random.nextInt(4);
            String user = random.nextInt(3) == 0 ? "" : "u" + random.nextInt(2);
            long token = random.nextInt(3) == 0 ? random.nextInt(20) : model.token(name);
            return switch (random.nextInt(8)) {
                case 0, 1, 2 ->
                    new LockCommand.Acquire(
                            name,
                            "o" + random.nextInt(9),
                            user,
                            "r" + random.nextInt(5),
                            1 + random.nextInt(100),
                            random.nextInt(3) * 10L,
                            index,
                            BOUNDS);
                case 3 -> new LockCommand.Renew(name, token, user, random.nextBoolean(), random.nextInt(2) * 7L, index);
                case 4 -> new LockCommand.Release(name, token, user, random.nextBoolean(), index);
                case 5, 6 ->
                    new LockCommand.Withdraw(
                            name, 1 + random.nextInt(1 + (int) model.sequence), random.nextBoolean(), index);
                default -> new LockCommand.Expire(name, token, random.nextInt(2), index);
            };
        }

        private static List<String> applied(
                LockTable table, MemoryStore store, List<LockCommand<?>> commands, long first, boolean stored) {
            List<String> outcomes = new ArrayList<>();
            LockApplier applier = new LockApplier(table);
            try (Batch batch = store.batch()) {
                long position = first;
                for (LockCommand<?> command : commands) {
                    table.begin();
                    try {
                        outcomes.add(text(applier.apply(position++, command)));
                    } catch (Refusal refusal) {
                        table.undo();
                        outcomes.add(refusal.getMessage());
                    }
                }
                if (!stored) {
                    table.rollback();
                    return outcomes;
                }
                table.write(batch);
                store.commit(batch);
                StateMachine.Publication publication = table.commit();
                publication.publish();
            }
            return outcomes;
        }

        private static Map<String, String> rows(MemoryStore store) {
            Map<String, String> rows = new TreeMap<>();
            byte[] lower = CatalogKeys.group(0);
            try (Cursor cursor = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                    rows.put(
                            HexFormat.of().formatHex(cursor.key()),
                            HexFormat.of().formatHex(cursor.value()));
                }
            }
            return rows;
        }
    }

    private static String text(Object answer) {
        return answer instanceof LockAnswer lock
                ? lock.outcome() + " " + lock.place() + " " + lock.owner() + " " + lock.token()
                : String.valueOf(answer);
    }

    /** Of each lock a list of those who want it, of whom the first has it. */
    private static final class Model {
        private final Map<String, Deque<Want>> locks = new HashMap<>();
        private long sequence;
        private long greatestToken;

        private static final class Want {
            private final String user;
            private final String request;
            private final String owner;
            private final Deque<Long> places = new ArrayDeque<>();
            private boolean kept;
            private long token;
            private long renewals;

            Want(LockCommand.Acquire command) {
                this.user = command.user();
                this.request = command.request();
                this.owner = command.owner();
            }
        }

        long token(String name) {
            return locks.containsKey(name) ? locks.get(name).getFirst().token : 1;
        }

        private void grantFirst(String name) {
            Deque<Want> wants = locks.get(name);
            if (wants.isEmpty()) {
                locks.remove(name);
            } else if (wants.getFirst().token == 0) {
                wants.getFirst().token = ++sequence;
                assertTrue(sequence > greatestToken);
                greatestToken = sequence;
            }
        }

        private String holder(Outcome outcome, String name, long place) {
            Want holder = locks.get(name).getFirst();
            return outcome + " " + place + " " + holder.owner + " " + holder.token;
        }

        private boolean isHeld(String name, long token, String user, boolean anybody) {
            Deque<Want> wants = locks.get(name);
            return wants != null
                    && (token == 0 || wants.getFirst().token == token)
                    && (anybody || wants.getFirst().user.equals(user));
        }

        private void passOn(String name) {
            locks.get(name).removeFirst();
            grantFirst(name);
        }

        String apply(LockCommand<?> any) {
            String name = any.name();
            Deque<Want> wants = locks.getOrDefault(name, new ArrayDeque<>());
            return switch (any) {
                case LockCommand.Acquire command -> acquire(command, wants);
                case LockCommand.Renew command -> {
                    if (!isHeld(name, command.token(), command.user(), command.anybody())) {
                        yield "LOCK_NOT_HELD";
                    }
                    wants.getFirst().renewals++;
                    yield holder(Outcome.GRANTED, name, 0);
                }
                case LockCommand.Release command -> {
                    if (!isHeld(name, command.token(), command.user(), command.anybody())) {
                        yield "LOCK_NOT_HELD";
                    }
                    long gone = wants.getFirst().token;
                    passOn(name);
                    yield Long.toString(gone);
                }
                case LockCommand.Withdraw command -> {
                    if (wants.isEmpty()) {
                        yield "NOT_GRANTED 0  0";
                    }
                    Want first = wants.getFirst();
                    if (first.places.contains(command.place())) {
                        if (!command.release()) {
                            yield holder(Outcome.GRANTED, name, command.place());
                        }
                        first.places.remove(command.place());
                        if (!first.kept && first.places.isEmpty()) {
                            passOn(name);
                            yield "NOT_GRANTED 0  0";
                        }
                    }
                    wants.removeIf(
                            want -> want != first && want.places.remove(command.place()) && want.places.isEmpty());
                    yield holder(Outcome.NOT_GRANTED, name, 0);
                }
                case LockCommand.Expire command -> {
                    boolean over = !wants.isEmpty()
                            && wants.getFirst().token == command.token()
                            && wants.getFirst().renewals == command.renewals();
                    if (over) {
                        passOn(name);
                    }
                    yield Boolean.toString(over);
                }
            };
        }

        private String acquire(LockCommand.Acquire command, Deque<Want> wants) {
            Want known = null;
            for (Want want : wants) {
                if (want.user.equals(command.user()) && want.request.equals(command.request())) {
                    known = want;
                }
            }
            if (known != null && known.token > 0) {
                known.kept = true;
                return holder(Outcome.GRANTED, command.name(), 0);
            }
            if (!wants.isEmpty() && command.waitMs() == 0) {
                return holder(Outcome.NOT_GRANTED, command.name(), 0);
            }
            if (known != null) {
                if (known.places.size() == 8) {
                    known.places.removeFirst();
                }
                known.places.addLast(++sequence);
                return holder(Outcome.QUEUED, command.name(), sequence);
            }
            if (wants.isEmpty() ? locks.size() >= BOUNDS.locks() : wants.size() > BOUNDS.waiters()) {
                return "TOO_MANY_LOCKS";
            }
            long own = locks.values().stream()
                    .flatMap(Deque::stream)
                    .filter(want -> want.user.equals(command.user()))
                    .count();
            if (own >= BOUNDS.ofUser()) {
                return "TOO_MANY_LOCKS_OF_USER";
            }
            boolean free = wants.isEmpty();
            long place = free ? 0 : ++sequence;
            wants.addLast(new Want(command));
            if (!free) {
                wants.getLast().places.add(place);
            }
            locks.put(command.name(), wants);
            grantFirst(command.name());
            return holder(free ? Outcome.GRANTED : Outcome.QUEUED, command.name(), place);
        }

        private static List<Long> places(Lock.Waiter waiter) {
            return waiter.attempts().stream().map(Lock.Attempt::place).toList();
        }

        void check(PublishedLocks published) {
            locks.forEach((name, wants) -> {
                Lock lock = published.find(name);
                assertEquals(wants.getFirst().token, lock.holder().token());
                assertEquals(wants.getFirst().renewals, lock.holder().renewals());
                assertEquals(
                        wants.stream()
                                .skip(1)
                                .map(want -> List.copyOf(want.places))
                                .toList(),
                        lock.queue().stream().map(Model::places).toList());
            });
        }
    }
}
