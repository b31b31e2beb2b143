package archipel.examples;

import archipel.client.Archipel;
import archipel.client.BulkWrite;
import archipel.client.Database;
import archipel.client.Document;
import archipel.client.Listing;
import archipel.client.Query;
import archipel.failures.ConflictException;
import java.io.PrintStream;
import tools.jackson.databind.json.JsonMapper;

/** Documents: written, read, replaced, listed and asked for. */
public final class Islands {
    /** What a document has. */
    public record Island(String name, double area, int visitors) {}

    private Islands() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) {
        try (Archipel archipel = Archipel.connect(addresses)) {
            Database islands = archipel.database("islands");
            islands.create();
            islands.create("ouessant", new Island("Ouessant", 15.6, 0));
            islands.write(new BulkWrite()
                    .create("molene", new Island("Molène", 0.75, 0))
                    .create("sein", new Island("Sein", 0.58, 0)));

            visit(islands, "ouessant");
            out.println(islands.get("ouessant", Island.class).value());

            islands.documents(Listing.all(), Island.class)
                    .forEachRemaining(one -> out.println(one.id() + " " + one.revision()));
            Query small = Query.where(new JsonMapper().readTree("{\"area\":{\"$lt\":1}}"));
            out.println(islands.query(small, Island.class).toList().size() + " are small");
        }
    }

    /** Whoever comes second reads again. */
    private static void visit(Database islands, String id) {
        while (true) {
            Document<Island> read = islands.get(id, Island.class);
            Island island = read.value();
            try {
                islands.replace(read.with(new Island(island.name(), island.area(), island.visitors() + 1)));
                return;
            } catch (ConflictException e) {
                continue;
            }
        }
    }
}
