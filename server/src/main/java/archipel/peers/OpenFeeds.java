package archipel.peers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The feeds that members have open. Each has to remember where all databases are, so one member has a few of them: one
 * more ends the oldest, since that may belong to a connection which is dead and does not know it yet. Safe for use by
 * many threads.
 */
final class OpenFeeds {
    static final int MOST = 3;

    private final Map<String, Deque<Feed>> feeds = new HashMap<>();

    /** One of a member's feeds, for the thread that has opened it. */
    final class Feed implements AutoCloseable {
        private final String peer;
        private final Thread thread = Thread.currentThread();
        private volatile boolean newest = true;

        private Feed(String peer) {
            this.peer = peer;
        }

        /** Whether it still is one of those that may be open. */
        boolean isNewest() {
            return newest;
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

    Feed open(String peer) {
        Feed feed = new Feed(peer);
        synchronized (feeds) {
            Deque<Feed> all = feeds.computeIfAbsent(peer, _ -> new ArrayDeque<>());
            all.add(feed);
            if (all.size() > MOST) {
                Feed oldest = all.remove();
                oldest.newest = false;
                oldest.thread.interrupt();
            }
        }
        return feed;
    }
}
