package archipel.examples;

import static java.util.Objects.requireNonNull;

import archipel.client.Archipel;
import archipel.client.Change;
import archipel.client.ChangeFeed;
import archipel.client.Database;
import archipel.client.FeedOptions;
import java.io.PrintStream;
import java.util.Map;

/** Follows a database: all that there is and all that comes, whatever becomes of single nodes. */
public final class Follower {
    private Follower() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) {
        try (Archipel archipel = Archipel.connect(addresses)) {
            Database log = archipel.database("harbour-log");
            log.create();
            log.create("1", Map.of("ship", "Enez Eussa III"));
            log.create("2", Map.of("ship", "Fromveur II"));

            String seq;
            try (ChangeFeed feed = log.changes(FeedOptions.fromTheStart().withDocuments())) {
                Change first = feed.next();
                out.println(first.id() + " "
                        + requireNonNull(first.document()).path("ship").asString());
                // To be kept where the program keeps what it has done.
                seq = first.seq();
            }
            // Later, or in another process: goes on after that change.
            try (ChangeFeed feed = log.changes(FeedOptions.since(seq).untilNow())) {
                feed.forEachRemaining(change -> out.println(change.id() + " " + change.seq()));
            }
        }
    }
}
