package archipel.http;

import archipel.document.JsonBuffer;
import archipel.engine.Database;
import archipel.engine.Database.DiskSizes;
import archipel.read.Reader;

/** What {@code GET /{db}} and {@code _dbs_info} say of a database. */
public final class DatabaseInfo {
    /** Of CouchDB's files; clients have no use for it but expect a number. */
    private static final int DISK_FORMAT = 8;

    private DatabaseInfo() {}

    /** @param reader of that database, the newest */
    public static JsonBuffer write(JsonBuffer json, Database database, Reader reader) {
        json.ascii("{\"instance_start_time\":").string(instanceStartTime(database));
        json.ascii(",\"db_name\":").string(database.name());
        json.ascii(",\"purge_seq\":")
                .string(reader.purges().seq() + "-" + reader.uuid().substring(0, 8));
        json.ascii(",\"update_seq\":").string(reader.block().lastSequence().toString());
        DiskSizes sizes = database.sizes();
        json.ascii(",\"sizes\":{\"file\":").number(sizes.file());
        json.ascii(",\"external\":").number(reader.contentBytes());
        json.ascii(",\"active\":").number(sizes.active());
        json.ascii("},\"props\":{},\"doc_del_count\":")
                .number(reader.documents().deletedCount());
        json.ascii(",\"doc_count\":").number(reader.documents().count());
        json.ascii(",\"disk_format_version\":").number(DISK_FORMAT);
        json.ascii(",\"compact_running\":").bool(database.isCompacting());
        json.ascii(",\"cluster\":{\"q\":1,\"n\":1,\"w\":1,\"r\":1}");
        if (database.isApart()) {
            json.ascii(",\"ensemble\":false");
        }
        json.ascii(",\"block\":").string(reader.block().toString());
        return json.ascii(",\"horizon\":").number(reader.horizon()).ascii('}');
    }

    /** When the database was made, in seconds since the epoch. */
    public static String instanceStartTime(Database database) {
        return Long.toString(database.createdMs() / 1000);
    }
}
