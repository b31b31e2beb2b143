package archipel.ensemble;

import archipel.changes.Threads;
import archipel.consensus.Consensus;
import archipel.document.RequestException;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Puts the leader's image in the place of each group that is to be rebuilt, one after the other, until it has
 * succeeded: also after a restart. The group goes on following meanwhile: its log and its votes are those of a sound
 * member.
 */
final class Rebuilder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Rebuilder.class.getName());
    private static final int PAUSE_MS = 1_000;

    private final String own;
    private final Soundness soundness;
    private final ScheduledThreadPoolExecutor thread;

    Rebuilder(String own, Soundness soundness, Threads threads) {
        this.own = own;
        this.soundness = soundness;
        this.thread = new ScheduledThreadPoolExecutor(1, work -> threads.background("archipel-rebuilder", work));
    }

    /** Begins, and goes on with what an earlier run has begun. */
    void start() {
        try {
            thread.scheduleWithFixedDelay(this::look, 0, PAUSE_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            // The next run goes on with it.
            return;
        }
    }

    private void look() {
        for (ReplicatedGroup group : soundness.toRebuild()) {
            try {
                rebuild(group);
            } catch (IOException | RequestException | IllegalStateException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "group {0} is not rebuilt yet: {1}",
                        group.number(),
                        String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "group " + group.number() + " cannot be rebuilt", e);
            }
        }
    }

    private void rebuild(ReplicatedGroup group) throws IOException, InterruptedException {
        Consensus consensus = group.consensus();
        String leader = consensus == null ? null : consensus.standing().leader();
        if (consensus == null || leader == null) {
            return;
        } else if (leader.equals(own)) {
            group.giveWay();
            return;
        }
        long from = group.beginRebuild(consensus);
        try (Consensus.TakenImage image = consensus.take(leader)) {
            if (image.upTo() < from) {
                throw new IllegalStateException("member " + leader + " has not come as far as this one");
            }
            if (!group.rebuild(consensus, image.directory(), image.upTo())) {
                throw new IllegalStateException("the log does not go back to the image");
            }
        } finally {
            group.endRebuild();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
