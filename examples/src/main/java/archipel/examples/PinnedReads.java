package archipel.examples;

import archipel.client.Archipel;
import archipel.client.Block;
import archipel.client.Database;
import archipel.client.Snapshot;
import archipel.client.Written;
import java.io.PrintStream;
import java.util.Map;

/** States of a database that can be named, kept, and passed on to others. */
public final class PinnedReads {
    private PinnedReads() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) {
        String link;
        try (Archipel archipel = Archipel.connect(addresses)) {
            Database tides = archipel.database("tides");
            tides.create();
            Written low = tides.create("brest", Map.of("metres", 1.2));
            Written high = tides.replace("brest", low.revision(), Map.of("metres", 7.1));
            out.println("from " + low.block().number() + " to " + high.block().number());

            // As it stood then, with all that is read of it from the same block.
            Snapshot then = tides.at(low.block());
            out.println(then.get("brest").value());
            link = high.block().toString();
        }
        try (Archipel other = Archipel.connect(addresses)) {
            // Whoever is given a block sees that one or a later one, whichever node answers.
            Snapshot now = other.database("tides").atLeast(Block.parse(link));
            out.println(now.get("brest").value());
        }
    }
}
