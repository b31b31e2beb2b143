package archipel.http;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.read.BlockException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a client asked for names no block or position of a database; says what there is instead. */
public final class BlockRefusal extends RequestException {
    private final transient Block head;
    private final long horizon;
    private final String asked;
    private final transient Map<String, String> more = new LinkedHashMap<>();

    /** @param asked as the client wrote it */
    public BlockRefusal(ErrorCode code, Database database, String asked, Object... fields) {
        super(code, fields);
        Database.Horizon readable = database.horizon();
        this.head = readable.head();
        this.horizon = readable.block();
        this.asked = asked;
    }

    /** Adds a member to the answer. */
    public BlockRefusal with(String name, String value) {
        more.put(name, value);
        return this;
    }

    Block head() {
        return head;
    }

    void write(JsonBuffer json) {
        write(json, asked, head, horizon);
        more.forEach((name, value) -> json.ascii(',').string(name).ascii(':').string(value));
    }

    static void write(JsonBuffer json, BlockException e) {
        write(json, e.asked(), e.head(), e.horizon());
    }

    private static void write(JsonBuffer json, String asked, Block head, long horizon) {
        json.ascii(",\"asked\":").string(asked);
        json.ascii(",\"head\":").string(head.toString());
        json.ascii(",\"horizon\":").number(horizon);
    }
}
