package archipel.divergence;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What members send each other: points, each with what the sender has there. A report is answered with those at which
 * the other has something else, a question with what it has at each.
 *
 * @param values by their points, in order
 */
record ChainMessage(Kind kind, Map<Point, Value> values) {
    private static final int VERSION = 1;
    private static final int ENTRY_BYTES = 64;
    private static final Kind[] KINDS = Kind.values();

    /** In the order of their codes. */
    enum Kind {
        REPORT,
        QUESTION,
        ANSWER
    }

    static ChainMessage question(List<Point> points) {
        Map<Point, Value> values = new LinkedHashMap<>();
        points.forEach(point -> values.put(point, Value.UNKNOWN));
        return new ChainMessage(Kind.QUESTION, values);
    }

    ByteBuffer encode() {
        RowWriter out = new RowWriter(8 + ENTRY_BYTES * values.size());
        out.u8(VERSION).u8(kind.ordinal()).varint(values.size());
        values.forEach((point, value) -> {
            point.write(out);
            value.write(out);
        });
        return ByteBuffer.wrap(out.toBytes());
    }

    /** @throws RuntimeException for what is none, or of a later version */
    static ChainMessage decode(ByteBuffer bytes) {
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        RowReader in = new RowReader(all);
        int version = in.u8();
        int kind = in.u8();
        if (version != VERSION || kind >= KINDS.length) {
            throw new IllegalArgumentException("a message of version " + version);
        }
        Map<Point, Value> values = new LinkedHashMap<>();
        for (int left = in.count(); left > 0; left--) {
            values.put(Point.read(in), Value.read(in));
        }
        return new ChainMessage(KINDS[kind], values);
    }

    /** The points at which somebody has something else. */
    List<Point> differing(Map<Point, Value> others) {
        List<Point> differing = new ArrayList<>();
        values.forEach((point, value) -> {
            if (value.differs(others.getOrDefault(point, Value.UNKNOWN))) {
                differing.add(point);
            }
        });
        return differing;
    }
}
