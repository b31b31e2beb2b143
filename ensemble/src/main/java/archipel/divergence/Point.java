package archipel.divergence;

import archipel.log.Chains;
import archipel.log.Chains.Head;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * What members compare: a block of a database, or what a group knows beside its databases after a command. It is the
 * same on all members, whenever they are asked: a database's number is never used again, and its blocks stay.
 *
 * @param database its number; {@link #CATALOG} for what the group knows beside
 * @param number of the block; of the catalog the index of the newest command
 * @param position of a command: who has applied it has the block, unless the database is gone
 */
record Point(int group, int database, long number, long position) {
    static final int CATALOG = -1;

    static Point of(int group, Head head) {
        return new Point(group, head.database(), head.block(), head.position());
    }

    Point at(long block) {
        return new Point(group, database, block, position);
    }

    /** What stands there as of a snapshot. */
    Value in(Chains chains) {
        if (database == CATALOG) {
            return chains.position().index() == number ? Value.of(chains.catalogDigest()) : Value.UNKNOWN;
        }
        byte[] hash = chains.hash(database, number);
        if (hash != null) {
            return Value.of(hash);
        }
        // One that was erased has no blocks, and may be erased here before it is elsewhere.
        return chains.position().index() < position || chains.head(database) == null ? Value.UNKNOWN : Value.NONE;
    }

    void write(RowWriter out) {
        out.u16(group).u32(database).u64(number).u64(position);
    }

    static Point read(RowReader in) {
        return new Point(in.u16(), in.u32(), in.u64(), in.u64());
    }
}
