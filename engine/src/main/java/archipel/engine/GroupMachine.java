package archipel.engine;

import archipel.changes.Waiters;
import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.DataCommand;
import archipel.command.GroupCommand;
import archipel.command.LockCommand;
import archipel.command.Outcome;
import archipel.command.Refusal;
import archipel.command.SystemCommand;
import archipel.command.TopicCommand;
import archipel.command.UnknownFormatException;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.image.Image;
import archipel.image.ImageExport;
import archipel.image.ImageManifest;
import archipel.image.Installation;
import archipel.lock.LockApplier;
import archipel.lock.LockTable;
import archipel.lock.PublishedLocks;
import archipel.log.AppliedWindows;
import archipel.log.BrokenRoundError;
import archipel.log.Chains;
import archipel.log.CommandParts;
import archipel.log.Extension;
import archipel.log.ExtensionRows;
import archipel.log.GroupTable;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import archipel.topic.MessageApplier;
import archipel.topic.MessageTable;
import archipel.topic.PublishedMessages;
import archipel.topic.PublishedTopics;
import archipel.topic.TopicTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The databases of one group as the state machine of a log; in the system group also which databases there are. */
final class GroupMachine implements StateMachine {
    private final Store store;
    private final int group;
    private final Set<Integer> groups;
    private final FormatVersion known;
    private final FormatGate gate;
    private final Audience audience;
    private final GroupCodec codec = new GroupCodec();
    private final CommandParts parts;
    private final PublishedLocks publishedLocks;
    private final PublishedTopics publishedTopics = new PublishedTopics();
    private final PublishedMessages publishedMessages;
    private Catalog catalog;
    private AppliedWindows applied;
    // As of the newest commit, for those who do not apply.
    private volatile FormatVersion written;
    // Of the system group.
    private @Nullable SystemCatalog system;
    private @Nullable LockTable locks;
    private @Nullable TopicTable topics;
    private MessageTable messages;
    private final @Nullable ExtensionRows extension;

    /**
     * Reads the group's catalog.
     *
     * @param groups all that there are
     * @param known the newest format that this program knows
     * @param gate asked before rows of a newer format are stored
     * @throws NodeOpenException where the group's format is a newer one
     */
    GroupMachine(Store store, int group, Set<Integer> groups, FormatVersion known, FormatGate gate, Audience audience) {
        this(store, group, groups, known, gate, audience, null);
    }

    /** @param extension of the system group */
    GroupMachine(
            Store store,
            int group,
            Set<Integer> groups,
            FormatVersion known,
            FormatGate gate,
            Audience audience,
            @Nullable Extension extension) {
        this.store = store;
        this.group = group;
        this.groups = groups;
        this.known = known;
        this.gate = gate;
        this.audience = audience;
        this.catalog = Catalog.load(store, group);
        this.applied = AppliedWindows.load(store, group);
        this.parts = new CommandParts(store, group);
        this.publishedLocks = new PublishedLocks(audience::news);
        this.written = catalog.format();
        this.system = CatalogKeys.names(group) ? SystemCatalog.load(store, group) : null;
        this.publishedMessages = new PublishedMessages(audience::news);
        this.messages = MessageTable.load(store, group, publishedMessages);
        loadNamed();
        tables().forEach(table -> table.replace().publish());
        this.extension = extension == null ? null : new ExtensionRows(store, extension);
        if (this.extension != null) {
            this.extension.load();
        }
    }

    private void loadNamed() {
        if (group == CatalogKeys.SYSTEM_GROUP) {
            locks = LockTable.load(store, group, publishedLocks);
            topics = TopicTable.load(store, group, publishedTopics);
        }
    }

    private List<GroupTable> tables() {
        List<GroupTable> tables = new ArrayList<>(List.of(messages));
        LockTable ofLocks = locks;
        TopicTable ofTopics = topics;
        if (ofLocks != null) {
            tables.add(ofLocks);
        }
        if (ofTopics != null) {
            tables.add(ofTopics);
        }
        return tables;
    }

    /**
     * Reads the catalogs of all groups of a node.
     *
     * @param environment says how many data groups are wanted, of which there are more where the data knows more, and
     *     whether one of this node's alone is wanted as well
     * @return in ascending order of their numbers, the system group first
     */
    static List<GroupMachine> loadAll(
            Store store, Environment environment, FormatVersion known, FormatGate gate, Audience audience) {
        // Filled before any of them applies anything.
        Set<Integer> groups = new HashSet<>();
        GroupMachine first = new GroupMachine(
                store, CatalogKeys.SYSTEM_GROUP, groups, known, gate, audience, environment.extension());
        List<Integer> all = StoredDatabases.groups(
                store,
                Objects.requireNonNull(first.system),
                environment.dataGroups(),
                environment.logs().isReplicated());
        groups.addAll(all);
        List<GroupMachine> machines = new ArrayList<>(List.of(first));
        for (int group : all.subList(1, all.size())) {
            machines.add(new GroupMachine(store, group, groups, known, gate, audience));
        }
        return machines;
    }

    int group() {
        return group;
    }

    /** For the thread that applies, or before there is one. */
    Catalog catalog() {
        return catalog;
    }

    /** Null in other groups than the system group. */
    @Nullable
    SystemCatalog system() {
        return system;
    }

    /** None in other groups than the system group. */
    PublishedLocks publishedLocks() {
        return publishedLocks;
    }

    /** None in other groups than the system group. */
    PublishedTopics publishedTopics() {
        return publishedTopics;
    }

    PublishedMessages publishedMessages() {
        return publishedMessages;
    }

    @Override
    public LogPosition stored() {
        return catalog.position();
    }

    @Override
    public LogPosition persisted() {
        return Catalog.position(store.persisted(Family.CATALOG, catalog.keys().position()));
    }

    /**
     * Writes the group's image, as readers see the group now.
     *
     * @param epoch retained by the caller
     */
    ImageManifest export(StoreSnapshot epoch, Path directory, ImageExport.Sink sink, ImageExport.Pace pace) {
        return export(new ImageExport(store, directory, ImageExport.PIECE_BYTES, sink, pace), epoch);
    }

    ImageManifest export(ImageExport export, StoreSnapshot epoch) {
        CatalogKeys keys = new CatalogKeys(group);
        return export.write(
                epoch,
                group,
                Catalog.position(epoch.get(Family.CATALOG, keys.position())),
                Catalog.format(group, epoch.get(Family.CATALOG, keys.format())).number());
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public void persist() {
        store.rewrite();
    }

    @Override
    public Saved save() {
        StoreSnapshot rows = store.snapshot();
        return new Snapshot(rows, Catalog.position(rows.get(Family.CATALOG, new CatalogKeys(group).position())));
    }

    @Override
    public @Nullable Publication load(Path directory) {
        Image image = Image.open(directory);
        if (isReached(image.manifest())) {
            return null;
        }
        image.verify();
        return install(image, step -> {});
    }

    @Override
    public Publication replace(Path directory) {
        Image image = Image.open(directory);
        requireOwn(image.manifest());
        image.verify();
        return exchange(image, step -> {});
    }

    @Override
    public @Nullable Chains chains() {
        StoreSnapshot rows = store.snapshot();
        if (rows.get(Family.CATALOG, CatalogKeys.installation(group)) == null) {
            return new Catalog.StoredChains(group, rows);
        }
        rows.release();
        return null;
    }

    // Readers must not see the group go back.
    private boolean isReached(ImageManifest manifest) {
        requireOwn(manifest);
        return manifest.position().index() <= stored().index();
    }

    private void requireOwn(ImageManifest manifest) {
        if (manifest.group() != group) {
            throw new RequestException(ErrorCode.OTHER_GROUPS_IMAGE);
        }
    }

    /**
     * Puts an image in the place of the group. For the thread that applies, between two rounds; readers keep what they
     * see until the publication.
     *
     * @param image that was verified
     * @param steps told of each step
     * @return null where the group has come as far as the image by itself
     * @throws RequestException where the image is of another group
     * @throws UnknownFormatException where the image is of a format that this program does not know
     * @throws StorageException after which the group must not be used before a restart
     */
    @Nullable
    Publication install(Image image, Installation.Steps steps) {
        return isReached(image.manifest()) ? null : exchange(image, steps);
    }

    private Publication exchange(Image image, Installation.Steps steps) {
        ImageManifest manifest = image.manifest();
        FormatVersion format = FormatVersion.of(manifest.format());
        if (format == null || !known.isAtLeast(format)) {
            throw new UnknownFormatException(group, manifest.format(), known);
        }
        gate.raise(format);
        audience.freeze(group);
        Installation.run(store, image, steps);
        catalog = Catalog.load(store, group);
        applied = AppliedWindows.load(store, group);
        system = CatalogKeys.names(group) ? SystemCatalog.load(store, group) : null;
        if (extension != null) {
            extension.load();
        }
        Catalog installed = catalog;
        SystemCatalog named = system;
        if (named != null && !groups.contains(named.lastGroup())) {
            throw new IllegalStateException("the image has databases in group " + named.lastGroup()
                    + ", which this node does not have before it is started again");
        }
        written = installed.format();
        loadNamed();
        messages = MessageTable.load(store, group, publishedMessages);
        List<StateMachine.Publication> shown =
                tables().stream().map(GroupTable::replace).toList();
        return () -> {
            audience.replace(installed, named);
            shown.forEach(Publication::publish);
        };
    }

    @Override
    public Round begin(Batch batch) {
        return new CatalogRound(new PendingRows(store, batch), catalog, applied, system);
    }

    private final class CatalogRound implements Round {
        private final PendingRows rows;
        private final Catalog catalog;
        private final AppliedWindows applied;
        private final @Nullable SystemCatalog system;
        private final Applier applier;
        private final @Nullable SystemApplier systemApplier;
        private final @Nullable LockApplier lockApplier;
        private final @Nullable TopicTable topicTable;
        private final MessageApplier messageApplier;
        private final List<GroupTable> tables;
        private final ExtensionRows.@Nullable Pending extended;

        CatalogRound(PendingRows rows, Catalog catalog, AppliedWindows applied, @Nullable SystemCatalog system) {
            this.rows = rows;
            this.catalog = catalog;
            this.applied = applied;
            this.system = system;
            this.applier = new Applier(catalog, rows);
            this.systemApplier = system == null ? null : new SystemApplier(system, rows, groups, catalog::format);
            this.lockApplier = locks == null ? null : new LockApplier(locks);
            this.topicTable = topics;
            this.messageApplier = new MessageApplier(messages, rows, rows.batch());
            this.tables = tables();
            this.extended = extension == null ? null : extension.begin(rows);
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            if (position.index() <= catalog.position().index()) {
                throw new IllegalStateException(
                        "group " + group + " has applied " + position + " before: it is at " + catalog.position());
            }
            rows.begin(last && !command.readsBack());
            if (extended != null) {
                extended.mark();
            }
            catalog.begin(position);
            if (system != null) {
                system.begin();
            }
            tables.forEach(GroupTable::begin);
            GroupCommand.Once<A> noted = null;
            A answer;
            try {
                if (command instanceof GroupCommand.Once<A> once) {
                    require(FormatVersion.V6);
                    applied.require(once);
                    noted = once;
                }
                answer = apply(position, command);
            } catch (Refusal refusal) {
                // It has its place in the order.
                undo(catalog::undo, refusal);
                note(noted);
                dropParts(noted == null ? command : noted.command());
                return refusal.outcome();
            } catch (RuntimeException | Error e) {
                undo(catalog::takeBack, e);
                throw e;
            }
            try {
                rows.keep();
            } catch (RuntimeException | Error e) {
                throw new BrokenRoundError(e);
            }
            note(noted);
            return new Outcome.Done<>(answer);
        }

        // Also of one that was refused: whoever sent it was told so.
        private void note(GroupCommand.@Nullable Once<?> command) {
            try {
                if (command != null && applied.note(command)) {
                    parts.dropFormer(rows.batch(), command.origin(), command.run());
                }
            } catch (RuntimeException | Error e) {
                throw new BrokenRoundError(e);
            }
        }

        // A command that was refused has no use for its parts either.
        private void dropParts(Command<?> command) {
            if (command instanceof GroupCommand.Assembled<?> whole) {
                parts.drop(rows.batch(), whole);
            }
        }

        private void require(FormatVersion least) {
            if (!catalog.format().isAtLeast(least)) {
                throw new Refusal(ErrorCode.FORMAT_TOO_OLD);
            }
        }

        // What each command answers is right below; null only where its A may be null.
        @SuppressWarnings({"unchecked", "NullAway"})
        private <A extends @Nullable Object> A apply(LogPosition position, Command<A> command) {
            return switch (command) {
                case GroupCommand.RaiseFormat raise -> (A) raise(raise);
                case GroupCommand.Duty<A> duty -> {
                    if (duty.term() != position.term()) {
                        throw new Refusal(ErrorCode.STALE_TERM);
                    }
                    yield apply(position, duty.command());
                }
                case GroupCommand.Once<A> once -> apply(position, once.command());
                case GroupCommand.ForgetOrigin forget -> (A) forget(forget);
                case GroupCommand.Part part -> (A) keep(part);
                case GroupCommand.Assembled<A> whole -> {
                    require(FormatVersion.V6);
                    Command<A> inner = (Command<A>) parts.assemble(whole);
                    parts.drop(rows.batch(), whole);
                    yield apply(position, inner);
                }
                case SystemCommand.Extend extend
                when extended != null -> {
                    require(FormatVersion.V7);
                    yield (A) (Boolean) extended.apply(position, extend);
                }
                case DataCommand<A> data -> applier.apply(position.index(), data);
                case SystemCommand<A> change
                when systemApplier != null -> systemApplier.apply(position.index(), change);
                case LockCommand<A> lock
                when lockApplier != null -> {
                    require(FormatVersion.V7);
                    yield lockApplier.apply(position.index(), lock);
                }
                case TopicCommand.Naming<A> naming
                when topicTable != null -> {
                    require(FormatVersion.V7);
                    yield topicTable.apply(naming);
                }
                case TopicCommand.Storing<A> storing -> {
                    require(FormatVersion.V7);
                    yield messageApplier.apply(storing);
                }
                default -> throw new Refusal(ErrorCode.OTHER_GROUP);
            };
        }

        private Void raise(GroupCommand.RaiseFormat command) {
            FormatVersion version = FormatVersion.of(command.version());
            if (version == null || !known.isAtLeast(version)) {
                throw new UnknownFormatException(group, command.version(), known);
            }
            if (!catalog.format().isAtLeast(version)) {
                gate.raise(version);
                if (version.isAtLeast(FormatVersion.V5) && !catalog.format().isAtLeast(FormatVersion.V5)) {
                    catalog.pending().forEach(row -> Conflicts.index(rows, catalog.keys(row.number())));
                }
                catalog.raise(version);
            }
            return Applier.done();
        }

        private Void forget(GroupCommand.ForgetOrigin command) {
            require(FormatVersion.V6);
            applied.forget(command.origin());
            parts.dropAll(rows.batch(), command.origin());
            return Applier.done();
        }

        private Void keep(GroupCommand.Part part) {
            require(FormatVersion.V6);
            parts.keep(rows.batch(), part);
            return Applier.done();
        }

        private void undo(Runnable ofCatalog, Throwable cause) {
            try {
                ofCatalog.run();
                if (system != null) {
                    system.undo();
                }
                tables.forEach(GroupTable::undo);
                if (extended != null) {
                    extended.undo();
                }
                rows.undo();
            } catch (RuntimeException | Error e) {
                e.addSuppressed(cause);
                throw new BrokenRoundError(e);
            }
        }

        @Override
        public void write() {
            if (extended != null) {
                extended.write();
            }
            catalog.write(rows);
            applied.write(rows.batch());
            if (system != null) {
                system.write(rows);
            }
            tables.forEach(table -> table.write(rows.batch()));
        }

        @Override
        public Publication commit() {
            Catalog.Changes changes = catalog.commit();
            applied.commit();
            List<Publication> told = tables.stream().map(GroupTable::commit).toList();
            if (changes.format() != written) {
                written = changes.format();
            }
            if (system == null) {
                return () -> {
                    audience.publish(changes);
                    told.forEach(Publication::publish);
                };
            }
            SystemCatalog.Changes named = system.commit();
            Runnable shown = extended == null ? () -> {} : extended.commit();
            return () -> {
                audience.publish(named);
                audience.publish(changes);
                told.forEach(Publication::publish);
                shown.run();
            };
        }

        @Override
        public void rollback() {
            catalog.rollback();
            applied.rollback();
            if (system != null) {
                system.rollback();
            }
            tables.forEach(GroupTable::rollback);
            if (extended != null) {
                extended.rollback();
            }
        }
    }

    private final class GroupCodec implements Codec {
        @Override
        public FormatVersion format() {
            return written;
        }

        @Override
        public byte[] encode(Command<?> command) {
            return CommandCodec.encode(command, written);
        }

        @Override
        public Command<?> decode(byte[] command) {
            return CommandCodec.decode(command);
        }

        @Override
        public byte[] encode(Outcome<?> outcome) {
            return AnswerCodec.encode(outcome);
        }

        @Override
        public Outcome<?> decodeOutcome(byte[] outcome) {
            return AnswerCodec.decode(outcome);
        }
    }

    private final class Snapshot implements Saved {
        private final StoreSnapshot rows;
        private final LogPosition position;

        Snapshot(StoreSnapshot rows, LogPosition position) {
            this.rows = rows;
            this.position = position;
        }

        @Override
        public LogPosition position() {
            return position;
        }

        @Override
        public long expectedBytes() {
            return ImageExport.estimate(store, group);
        }

        @Override
        public void write(Path directory) {
            Image.complete(
                    directory, export(rows, directory, ImageExport.Sink.keeping(), ImageExport.Pace.unlimited()));
        }

        @Override
        public void write(Path directory, FileSink sink) {
            ImageManifest manifest =
                    export(rows, directory, (piece, file) -> sink.take(file), ImageExport.Pace.unlimited());
            sink.take(Image.list(directory, manifest));
        }

        @Override
        public void close() {
            rows.release();
        }
    }

    /**
     * Told what the rounds of groups did, once it is durable, on one thread at a time, which all writers wait for:
     * nothing here writes or waits, and none of it depends on what is on the disk.
     */
    interface Audience {
        /** A round of the system group; told before what it did to databases that the group holds. */
        void publish(SystemCatalog.Changes round);

        void publish(Catalog.Changes round);

        /** The store's rows of the group are no state of it, until {@link #replace}. On the thread that applies. */
        void freeze(int group);

        /**
         * The group is another from here on.
         *
         * @param named of the system group
         */
        void replace(Catalog catalog, @Nullable SystemCatalog named);

        /** There is something to look at for those who wait there, once readers see what was published. */
        default void news(Waiters waiting) {}
    }

    /** Keeps programs away from data that they cannot read. */
    @FunctionalInterface
    interface FormatGate {
        /**
         * From here on there may be rows of that format: programs that do not know it must not open the data, also if
         * this one ends right now.
         *
         * @throws StorageException where that cannot be had
         */
        void raise(FormatVersion version);
    }
}
