package archipel.peers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The feeds that members have open. Each has to remember where all databases are, so one member has a few of them: one
 * more ends the oldest, since that may belong to a connection which is dead and does not know it yet. Those of another
 * process with the same key end as well, where it has to call again. Safe for use by many threads.
 */
final class OpenFeeds {
    static final int MOST = 3;

    private final Map<String, Deque<Feed>> feeds = new HashMap<>();

    /** One of a member's feeds, for the thread that has opened it. */
    final class Feed implements AutoCloseable {
        private final String peer;
        private final String process;
        private final Thread thread = Thread.currentThread();
        private volatile boolean newest = true;

        private Feed(String peer, String process) {
            this.peer = peer;
            this.process = process;
        }

        /** Whether it still is one of those that may be open. */
        boolean isNewest() {
            return newest;
        }

        // Under the lock.
        private void end() {
            newest = false;
            thread.interrupt();
        }

        @Override
        public void close() {
            synchronized (feeds) {
                Deque<Feed> all = feeds.get(peer);
                if (all != null && all.remove(this) && all.isEmpty()) {
                    feeds.remove(peer);
                }
                // A word that came late is not for what the thread does next.
                boolean _ = Thread.interrupted();
            }
        }
    }

    /**
     * Counts a feed of the calling thread.
     *
     * @param process of the peer that asks for it
     * @param callsAgain whether a process has to call again before it is told more: its feeds end, also this one
     */
    Feed open(String peer, String process, Predicate<String> callsAgain) {
        Feed feed = new Feed(peer, process);
        synchronized (feeds) {
            Deque<Feed> all = feeds.computeIfAbsent(peer, _ -> new ArrayDeque<>());
            List<Feed> ended = all.stream()
                    .filter(open -> !open.process.equals(process) && callsAgain.test(open.process))
                    .toList();
            ended.forEach(Feed::end);
            all.removeAll(ended);
            all.add(feed);
            // Another process may have called after this one has, and before it asks for the feed.
            feed.newest = !callsAgain.test(process);
            if (all.size() > MOST) {
                all.remove().end();
            }
        }
        return feed;
    }
}
