package archipel.examples;

import archipel.client.Archipel;
import archipel.client.AttachmentContent;
import archipel.client.AttachmentSource;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.Written;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Files that belong to documents, streamed from and to the disk. */
public final class SeaCharts {
    private SeaCharts() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) throws IOException {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) throws IOException {
        Path chart = Files.writeString(Files.createTempFile("chart", ".txt"), "rocks ".repeat(100_000));
        try (Archipel archipel = Archipel.connect(addresses)) {
            Database charts = archipel.database("charts");
            charts.create();
            Written made = charts.create("iroise", Map.of("scale", 50_000));
            charts.putAttachment("iroise", made.revision(), "chart", "text/plain", AttachmentSource.of(chart));

            // It stays with the document when that is replaced.
            Document<JsonNode> read = charts.get("iroise", JsonNode.class);
            charts.replace(read.with(Map.of("scale", 25_000)));
            out.println(charts.get("iroise").attachments().keySet());
            try (AttachmentContent content = charts.attachment("iroise", "chart")) {
                Files.copy(content.stream(), chart, StandardCopyOption.REPLACE_EXISTING);
            }
            out.println(Files.readString(chart).substring(0, 5));
        } finally {
            Files.delete(chart);
        }
    }
}
