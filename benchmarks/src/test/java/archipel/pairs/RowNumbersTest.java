package archipel.pairs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowNumbersTest {
    @Test
    void accept_rowsInAnyPieces_findsEachNumberOnce() {
        String feed = "\n{\"seq\":\"1-00\",\"id\":\"first\",\"changes\":[{\"rev\":\"1-a\"}]}\n"
                + "{\"seq\":\"2-00\",\"id\":\"" + RowNumbers.id(7) + "\",\"changes\":[{\"rev\":\"1-a\"}]}\n\n"
                + "{\"seq\":3,\"id\":\"" + RowNumbers.id(12_345_678) + "\",\"changes\":[]}\n";
        byte[] bytes = feed.getBytes(StandardCharsets.US_ASCII);
        for (int piece = 1; piece <= bytes.length; piece++) {
            List<Integer> found = new ArrayList<>();
            RowNumbers rows = new RowNumbers(found::add);
            for (int at = 0; at < bytes.length; at += piece) {
                rows.accept(bytes, at, Math.min(piece, bytes.length - at));
            }
            assertEquals(List.of(7, 12_345_678), found, "in pieces of " + piece);
        }
    }
}
