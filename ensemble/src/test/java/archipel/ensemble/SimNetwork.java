package archipel.ensemble;

import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Calls between members: those from one to another arrive in their order, as long as their connection stands; when it
 * breaks, all that have no answer end. A call whose time is over ends as well, and may be served all the same.
 */
final class SimNetwork {
    private final SplittableRandom random;
    private final SimClock clock;
    private final FakeRaft.Reach reach;
    private final int timeoutMs;
    private final Map<String, Line> lines = new HashMap<>();

    SimNetwork(SplittableRandom random, SimClock clock, FakeRaft.Reach reach, int timeoutMs) {
        this.random = random;
        this.clock = clock;
        this.reach = reach;
        this.timeoutMs = timeoutMs;
    }

    /** What serves calls of a member. */
    interface Server {
        void serve(int group, ByteBuffer request, Exchange exchange);
    }

    /** Whoever gets calls of others now; null where nobody does. */
    interface Servers {
        @Nullable
        Server find(String member);
    }

    void call(
            String from, String to, int group, ByteBuffer request, ReplicatedGroup.Forwarding reply, Servers servers) {
        Line line = lines.computeIfAbsent(from + ">" + to, key -> new Line(from, to));
        byte[] bytes = new byte[request.remaining()];
        request.duplicate().get(bytes);
        Call call = new Call(line, group, bytes, reply);
        if (!reach.reaches(from, to) || servers.find(to) == null) {
            if (random.nextBoolean()) {
                reply.lost("not connected");
            } else {
                clock.within(10, () -> reply.lost("not connected"));
            }
            return;
        }
        line.outstanding.add(call);
        line.sent.add(call);
        clock.within(random.nextInt(10) == 0 ? 300 : 10, () -> line.arrive(servers));
        clock.after(timeoutMs, () -> call.lose("no answer in time"));
    }

    /** Connections between two members end, both ways. */
    void sever(String one, String other) {
        sever(lines.get(one + ">" + other));
        sever(lines.get(other + ">" + one));
    }

    private void sever(@Nullable Line line) {
        if (line != null) {
            line.sent.clear();
            List<Call> over = new ArrayList<>(line.outstanding);
            line.outstanding.clear();
            over.forEach(call -> clock.within(10, () -> call.reply.lost("the connection broke")));
        }
    }

    private final class Line {
        private final String from;
        private final String to;
        private final Deque<Call> sent = new ArrayDeque<>();
        private final Set<Call> outstanding = new LinkedHashSet<>();

        Line(String from, String to) {
            this.from = from;
            this.to = to;
        }

        private void arrive(Servers servers) {
            Call next = sent.poll();
            if (next == null) {
                return;
            }
            Server server = servers.find(to);
            if (server == null) {
                sever(this);
                return;
            }
            if (!reach.reaches(from, to)) {
                // What comes behind it waits as well.
                sent.addFirst(next);
                clock.within(50, () -> arrive(servers));
                return;
            }
            server.serve(next.group, ByteBuffer.wrap(next.request), next);
        }
    }

    private final class Call implements Exchange {
        private final Line line;
        private final int group;
        private final byte[] request;
        private final ReplicatedGroup.Forwarding reply;
        private boolean ended;

        Call(Line line, int group, byte[] request, ReplicatedGroup.Forwarding reply) {
            this.line = line;
            this.group = group;
            this.request = request;
            this.reply = reply;
        }

        private void end() {
            if (ended) {
                throw new IllegalStateException("the request was answered or failed before");
            }
            ended = true;
        }

        private void lose(String reason) {
            if (line.outstanding.remove(this)) {
                reply.lost(reason);
            }
        }

        private void back(Runnable answer) {
            if (!line.outstanding.contains(this)) {
                return;
            }
            clock.within(random.nextInt(10) == 0 ? 300 : 10, () -> {
                if (!reach.reaches(line.to, line.from)) {
                    back(answer);
                } else if (line.outstanding.remove(this)) {
                    answer.run();
                }
            });
        }

        @Override
        public void answer(ByteBuffer... answer) {
            end();
            long index = answer[0].duplicate().getLong();
            byte[] outcome = new byte[answer[1].remaining()];
            answer[1].duplicate().get(outcome);
            back(() -> reply.applied(index, outcome));
        }

        @Override
        public void fail(String message) {
            end();
            back(() -> reply.lost(message));
        }
    }
}
