package archipel.read;

import archipel.changes.Block;
import archipel.changes.FormerHead;
import archipel.history.BlockChain;
import archipel.index.FilteredReader;
import archipel.index.Index;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * A database as it stood at one block, as far as a principal may see it; made by {@link ReadDoor}. What it shows does
 * not change while it is open; it is to be closed, soon, since it holds back the space of what was overwritten. For
 * one thread at a time.
 *
 * <p>A pinned one, of a block that was asked for, shows the same whenever and however often that block is read: of each
 * document the bodies of the leaves it had at the block, and no others. What is no part of blocks ({@code _local}
 * documents, the security object) is shown as of now.
 */
public final class Reader implements AutoCloseable {
    private final ReadSource source;
    private final DatabaseFacts facts;
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final @Nullable Block pinned;
    private final Visibility visibility;
    private final boolean seesEverything;
    private final DocumentReader documents;
    private @Nullable BlockChain chain;
    private boolean closed;

    /**
     * Of the newest block.
     *
     * @param state whose store is retained for this reader, which releases it
     * @param seesEverything whether that visibility hides nothing
     */
    Reader(ReadSource source, ReadSource.Committed state, Visibility visibility, boolean seesEverything) {
        this(source, state.facts(), state.store(), null, visibility, seesEverything);
    }

    private Reader(
            ReadSource source,
            DatabaseFacts facts,
            StoreSnapshot store,
            @Nullable Block pinned,
            Visibility visibility,
            boolean seesEverything) {
        this.source = source;
        this.facts = facts;
        this.store = store;
        this.keys = new KeySpace(facts.group(), facts.number());
        this.pinned = pinned;
        this.visibility = visibility;
        this.seesEverything = seesEverything;
        this.documents = new DocumentReader(this);
    }

    /**
     * The same data as of one of its blocks; takes over what this reader holds.
     *
     * @param block one that can be read
     */
    Reader pinned(Block block) {
        closed = true;
        return new Reader(source, facts, store, block, visibility, seesEverything);
    }

    /** The block that is read. */
    public Block block() {
        Block one = pinned;
        return one == null ? facts.head() : one;
    }

    /** Whether it is of a block that was asked for, rather than of the newest there was. */
    public boolean isPinned() {
        return pinned != null;
    }

    /** Of the database's incarnation, 32 hex digits: a database deleted and made anew has another. */
    public String uuid() {
        return facts.uuid();
    }

    /** The number of the oldest block that can be read. */
    public long horizon() {
        return facts.horizon();
    }

    /**
     * Changes with what writes are validated by: with each change to a design document or to the security object, and
     * with each purge. At a pinned block as of now.
     */
    public long rules() {
        return facts.rulesPosition();
    }

    /**
     * Of the newest command in what is read: two readers of one position show the same. At a pinned block as of now.
     */
    public long position() {
        return facts.position();
    }

    /** The security object's JSON as it was set; null when it never was. At a pinned block as of now. */
    public byte @Nullable [] security() {
        return store.get(Family.CATALOG, new CatalogKeys(facts.group()).security(facts.number()));
    }

    /** JSON of all stored bodies and stored attachment content, bytes. At a pinned block as of now. */
    public long contentBytes() {
        return facts.contentBytes();
    }

    /** Whether nothing is hidden from this reader. */
    public boolean seesEverything() {
        return seesEverything;
    }

    public DocumentReader documents() {
        return documents;
    }

    public ChangeReader changes() {
        return new ChangeReader(this);
    }

    public BlockReader blocks() {
        return new BlockReader(this);
    }

    public VersionReader versions() {
        return new VersionReader(this);
    }

    public LocalReader locals() {
        return new LocalReader(this);
    }

    public PurgeReader purges() {
        return new PurgeReader(this);
    }

    public AttachmentReader attachments() {
        return new AttachmentReader(this);
    }

    /**
     * An index's rows as they stood at a block, those of visible documents. Numbers and reductions that are kept count
     * everybody's rows, so that a reader from which something is hidden walks over the rows instead. Which documents
     * are visible is decided as of that block, too: a row shows what its document was then.
     *
     * @param block this reader's, or an earlier one where a stale index will do
     * @throws IndexException when the index does not answer for that block; {@code BELOW_BASE} also where something may
     *     be hidden and the block's documents are no longer kept
     */
    public IndexReader rows(Index index, long block) {
        IndexReader rows = index.read(block);
        if (seesEverything) {
            return rows;
        }
        try {
            if (block == block().number()) {
                return new FilteredReader(rows, id -> documents.find(id) != null, () -> {});
            }
            Reader then = earlier(block);
            if (then == null) {
                throw new IndexException(
                        IndexException.Kind.BELOW_BASE, "nobody can tell what could be seen at block " + block);
            }
            return new FilteredReader(rows, id -> then.documents.find(id) != null, then::close);
        } catch (RuntimeException | Error e) {
            rows.close();
            throw e;
        }
    }

    /**
     * The same data as of an earlier block; to be closed by itself.
     *
     * @return null where that block's documents are no longer kept
     */
    @Nullable
    Reader earlier(long number) {
        Block block = number < horizon() ? null : chain().block(number);
        if (block == null) {
            return null;
        }
        if (!store.retain()) {
            throw new IllegalStateException("read after it was closed");
        }
        return new Reader(source, facts, store, block, visibility, seesEverything);
    }

    Visibility visibility() {
        return visibility;
    }

    DatabaseFacts facts() {
        return facts;
    }

    String origin() {
        return source.origin();
    }

    FormerHead former() {
        return source.former();
    }

    StoreSnapshot store() {
        return store;
    }

    KeySpace keys() {
        return keys;
    }

    BlockChain chain() {
        BlockChain known = chain;
        if (known == null) {
            known = new BlockChain(store, keys, block(), facts.restarts());
            chain = known;
        }
        return known;
    }

    /** @throws BlockException {@code BELOW_HORIZON} when the block's documents are no longer kept */
    void requireKept(Block block) {
        if (block.number() < horizon()) {
            throw new BlockException(
                    BlockException.Kind.BELOW_HORIZON, Long.toString(block.number()), block(), horizon());
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            documents.close();
            store.release();
        }
    }
}
