package archipel.http;

import archipel.document.JsonBuffer;
import archipel.engine.Database;
import archipel.engine.Database.DiskSizes;
import archipel.engine.DatabaseState;
import archipel.engine.Snapshot;

/** What {@code GET /{db}} and {@code _dbs_info} say of a database. */
public final class DatabaseInfo {
    /** Of CouchDB's files; clients have no use for it but expect a number. */
    private static final int DISK_FORMAT = 8;

    private DatabaseInfo() {}

    public static void write(JsonBuffer json, Database database) {
        try (Snapshot snapshot = database.snapshot()) {
            write(json, database, snapshot);
        }
    }

    /** @param snapshot of that database, the newest */
    public static JsonBuffer write(JsonBuffer json, Database database, Snapshot snapshot) {
        DatabaseState state = snapshot.state();
        json.ascii("{\"instance_start_time\":").string(instanceStartTime(database));
        json.ascii(",\"db_name\":").string(database.name());
        json.ascii(",\"purge_seq\":")
                .string(state.purgeSeq() + "-" + state.uuid().substring(0, 8));
        json.ascii(",\"update_seq\":").string(state.head().lastSequence().toString());
        DiskSizes sizes = database.sizes();
        json.ascii(",\"sizes\":{\"file\":").number(sizes.file());
        json.ascii(",\"external\":").number(state.bodyBytes() + state.attachmentBytes());
        json.ascii(",\"active\":").number(sizes.active());
        json.ascii("},\"props\":{},\"doc_del_count\":").number(state.deletedDocuments());
        json.ascii(",\"doc_count\":").number(state.documents());
        json.ascii(",\"disk_format_version\":").number(DISK_FORMAT);
        json.ascii(",\"compact_running\":").bool(database.isCompacting());
        json.ascii(",\"cluster\":{\"q\":1,\"n\":1,\"w\":1,\"r\":1}");
        json.ascii(",\"block\":").string(state.head().toString());
        return json.ascii(",\"horizon\":").number(snapshot.horizon()).ascii('}');
    }

    /** When the database was made, in seconds since the epoch. */
    public static String instanceStartTime(Database database) {
        return Long.toString(database.createdMs() / 1000);
    }
}
