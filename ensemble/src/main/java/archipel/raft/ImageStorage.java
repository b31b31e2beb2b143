package archipel.raft;

import archipel.consensus.Membership;
import archipel.consensus.Replica;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.option.SnapshotCopierOptions;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.SnapshotThrottle;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotCopier;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots as the library knows them, over a state that is durable by itself.
 *
 * <p>To save one writes no image: the store has all that was applied, once it is flushed ({@link Replica#persist}). All
 * that is saved is up to where, and who the members are there: the log is forgotten up to the snapshot before. An image
 * is made only for a member that needs one, of the group as it is then, and given to it in pieces while it is written
 * ({@link ImageServer}); the library is told of the position that the image has.
 */
final class ImageStorage implements SnapshotStorage {
    private static final System.Logger LOG = System.getLogger(ImageStorage.class.getName());

    private final RaftHost host;
    private final int group;
    private final EntryLog log;
    private final Replica replica;
    private final LongSupplier applied;
    // Of images that have come, the newest, which the library may not take in.
    private final AtomicReference<ImageServer.@Nullable FetchedImage> fetched = new AtomicReference<>();
    // The first reader is for what this node has itself; later ones are for others.
    private boolean loaded;

    /** @param applied index of the newest entry that the replica has */
    ImageStorage(RaftHost host, int group, EntryLog log, Replica replica, LongSupplier applied) {
        this.applied = applied;
        this.host = host;
        this.group = group;
        this.log = log;
        this.replica = replica;
        host.images().serve(group, this::offer);
    }

    /** Offers an image of the group as it is. @throws RuntimeException where that cannot be done */
    private ImageServer.Offer offer() {
        long upTo = applied.getAsLong();
        // Before the image is begun, which has all up to there then.
        SnapshotMeta base = base();
        Replica.ImageSource source = replica.open();
        try {
            // The newest command may be older than the log, which begins after entries that are none. By its position
            // the receiver would be sent what the log has forgotten, and so another image, for ever.
            SnapshotMeta meta = base != null
                            && base.getLastIncludedIndex() > source.position().index()
                    ? base
                    : meta(source.position());
            return host.images().offer(group, source, meta, Math.max(upTo, meta.getLastIncludedIndex()));
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** What the log of a group begins after, as it is stored. */
    static byte[] base(Replica.Position position, Membership membership) {
        SnapshotMeta.Builder meta =
                SnapshotMeta.newBuilder().setLastIncludedIndex(position.index()).setLastIncludedTerm(position.term());
        membership.voters().forEach(name -> meta.addPeers(Members.peer(name).toString()));
        membership
                .observers()
                .forEach(name -> meta.addLearners(Members.peer(name).toString()));
        return meta.build().toByteArray();
    }

    private @Nullable SnapshotMeta base() {
        byte[] value = host.entries().fact(group, EntryStore.Fact.BASE);
        try {
            return value == null ? null : SnapshotMeta.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("what the log of group " + group + " begins after cannot be read", e);
        }
    }

    /** @throws RuntimeException where it cannot be read what the log begins after */
    void requireReadable() {
        base();
    }

    private void save(SnapshotMeta meta) {
        host.entries().put(group, EntryStore.Fact.BASE, meta.toByteArray());
    }

    @Override
    public boolean init(@Nullable Void options) {
        return true;
    }

    /** What has come and was not taken in goes. */
    @Override
    public void shutdown() {
        hold(null);
    }

    private void hold(ImageServer.@Nullable FetchedImage image) {
        ImageServer.FetchedImage before = fetched.getAndSet(image);
        if (before != null && before != image) {
            before.close();
        }
    }

    @Override
    public boolean setFilterBeforeCopyRemote() {
        return false;
    }

    @Override
    public void setSnapshotThrottle(SnapshotThrottle throttle) {
        // The server of images has a bound of its own.
    }

    @Override
    public SnapshotWriter create() {
        return new Writer();
    }

    @Override
    public synchronized @Nullable SnapshotReader open() {
        if (loaded) {
            return new Export();
        }
        loaded = true;
        SnapshotMeta base = base();
        return base == null ? null : new Own(base);
    }

    @Override
    public SnapshotReader copyFrom(String uri, SnapshotCopierOptions options) {
        throw new UnsupportedOperationException("the library starts copies and waits for them");
    }

    @Override
    public SnapshotCopier startToCopyFrom(String uri, SnapshotCopierOptions options) {
        hold(null);
        Copy copy = new Copy(host.images().fetch(group, uri));
        copy.start();
        return copy;
    }

    /** Puts a fetched image in the place of the group, and begins the log after it. */
    void install(SnapshotReader reader) {
        if (reader instanceof Fetched come) {
            try {
                replica.install(come.image.directory());
                save(come.image.meta());
            } finally {
                hold(null);
            }
        }
    }

    /**
     * Saves up to where the store has the group.
     *
     * @return why it could not be; null where it was
     */
    @Nullable
    String save(SnapshotWriter writer) {
        try {
            SnapshotMeta base = base();
            SnapshotMeta meta = writer.getCurrentMeta();
            if (base == null || base.getLastIncludedIndex() < meta.getLastIncludedIndex()) {
                save(meta);
            }
            return null;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "it is not saved what the log of group " + group + " begins after", e);
            return String.valueOf(e.getMessage());
        }
    }

    /** Who the members are by the newest entry that says so; null where the group has just begun. */
    @Nullable
    Membership members() {
        ConfigurationEntry membership = log.membership();
        if (membership != null) {
            return Members.membership(
                    membership.getConf().getPeers(), membership.getConf().getLearners());
        }
        SnapshotMeta base = base();
        return base == null ? null : Members.membership(peers(base.getPeersList()), peers(base.getLearnersList()));
    }

    private static List<PeerId> peers(List<String> texts) {
        return texts.stream().map(PeerId::parsePeer).toList();
    }

    private SnapshotMeta meta(Replica.Position position) {
        SnapshotMeta.Builder meta =
                SnapshotMeta.newBuilder().setLastIncludedIndex(position.index()).setLastIncludedTerm(position.term());
        ConfigurationEntry membership = log.membershipAt(position.index());
        if (membership == null) {
            SnapshotMeta base = base();
            if (base == null) {
                throw new IllegalStateException("it is not known who the members of group " + group + " were");
            }
            return meta.addAllPeers(base.getPeersList())
                    .addAllLearners(base.getLearnersList())
                    .addAllOldPeers(base.getOldPeersList())
                    .addAllOldLearners(base.getOldLearnersList())
                    .build();
        }
        for (PeerId peer : membership.getConf().getPeers()) {
            meta.addPeers(peer.toString());
        }
        for (PeerId peer : membership.getConf().getLearners()) {
            meta.addLearners(peer.toString());
        }
        for (PeerId peer : membership.getOldConf().getPeers()) {
            meta.addOldPeers(peer.toString());
        }
        for (PeerId peer : membership.getOldConf().getLearners()) {
            meta.addOldLearners(peer.toString());
        }
        return meta.build();
    }

    /** Up to where this node has the group itself. */
    private static final class Own extends Reader {
        private final SnapshotMeta meta;

        Own(SnapshotMeta meta) {
            this.meta = meta;
        }

        @Override
        public SnapshotMeta load() {
            return meta;
        }
    }

    /** An image for another member, which is begun when the library asks where it can be had. */
    private final class Export extends Reader {
        private ImageServer.@Nullable Offer offer;

        // A leader that has none to offer for the moment would end its group by the library. So it offers one that is
        // not there: who needs it does not get it, and asks again.
        @Override
        public String generateURIForCopy() {
            try {
                ImageServer.Offer made = offer();
                offer = made;
                return made.uri();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "an image of group " + group + " cannot be offered", e);
                return host.images().nothing();
            }
        }

        @Override
        public @Nullable SnapshotMeta load() {
            ImageServer.Offer open = offer;
            return open == null ? base() : open.meta();
        }

        @Override
        public void close() {
            ImageServer.Offer open = offer;
            if (open != null) {
                open.close();
            }
        }
    }

    /** An image that came from another member; the library does not close it. */
    private static final class Fetched extends Reader {
        private final ImageServer.FetchedImage image;

        Fetched(ImageServer.FetchedImage image) {
            this.image = image;
        }

        @Override
        public SnapshotMeta load() {
            return image.meta();
        }
    }

    /** What the library wants of a reader and has no use for here. */
    private abstract static class Reader extends SnapshotReader {
        @Override
        public boolean init(@Nullable Void options) {
            return true;
        }

        @Override
        public void shutdown() {
            close();
        }

        @Override
        public void close() {
            // Nothing is open.
        }

        @Override
        public @Nullable String generateURIForCopy() {
            return null;
        }

        @Override
        public String getPath() {
            return "";
        }

        @Override
        public Set<String> listFiles() {
            return Set.of();
        }

        @Override
        public @Nullable Message getFileMeta(String file) {
            return null;
        }
    }

    /** Has nothing to write: what there is to save was saved before. */
    private static final class Writer extends SnapshotWriter {
        @Override
        public boolean saveMeta(SnapshotMeta saved) {
            return true;
        }

        @Override
        public void close() {
            close(false);
        }

        @Override
        public void close(boolean keepOnError) {
            // Nothing is open.
        }

        @Override
        public boolean init(@Nullable Void options) {
            return true;
        }

        @Override
        public void shutdown() {
            close();
        }

        @Override
        public boolean addFile(String file, @Nullable Message description) {
            return true;
        }

        @Override
        public boolean removeFile(String file) {
            return true;
        }

        @Override
        public String getPath() {
            return "";
        }

        @Override
        public Set<String> listFiles() {
            return Set.of();
        }

        @Override
        public @Nullable Message getFileMeta(String file) {
            return null;
        }
    }

    /** The fetching of an image, as a task of the library's. */
    private final class Copy extends SnapshotCopier {
        private final ImageServer.Fetch fetch;
        private @Nullable SnapshotReader reader;

        Copy(ImageServer.Fetch fetch) {
            this.fetch = fetch;
        }

        @Override
        public void start() {
            fetch.start();
        }

        @Override
        public void cancel() {
            fetch.cancel();
        }

        @Override
        public void join() throws InterruptedException {
            ImageServer.FetchedImage image = fetch.await();
            if (image == null) {
                setError(RaftError.ECANCELED, "%s", fetch.failure());
            } else {
                hold(image);
                reader = new Fetched(image);
            }
        }

        @Override
        public @Nullable SnapshotReader getReader() {
            return reader;
        }

        @Override
        public void close() {
            fetch.cancel();
        }
    }
}
