package archipel.blocks;

import archipel.changes.Block;
import archipel.changes.Sequence;
import archipel.document.JsonBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/** Blocks as JSON. */
public final class BlockJson {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private BlockJson() {}

    /** A block as an object without its closing brace, so that more can be added. */
    public static JsonBuffer begin(JsonBuffer json, Block block) {
        json.ascii("{\"number\":").number(block.number());
        json.ascii(",\"hash\":\"0x").ascii(block.hashText());
        json.ascii("\",\"parent\":\"0x").ascii(HexFormat.of().formatHex(block.parent()));
        json.ascii("\",\"time\":\"").ascii(time(block.timeMs())).ascii("\",\"first_seq\":");
        if (block.changes() == 0) {
            json.ascii("null");
        } else {
            new Sequence(block.firstSeq(), block.hashPrefix()).appendTo(json);
        }
        block.lastSequence().appendTo(json.ascii(",\"last_seq\":"));
        return json.ascii(",\"changes\":").number(block.changes());
    }

    /** RFC 3339, with milliseconds. */
    public static String time(long timeMs) {
        return TIME.format(Instant.ofEpochMilli(timeMs));
    }
}
