package archipel.examples;

import archipel.client.Archipel;
import archipel.client.Database;
import archipel.failures.FencedException;
import archipel.failures.LockLostException;
import archipel.leases.Candidate;
import archipel.leases.Election;
import archipel.leases.HeldLock;
import archipel.leases.LockOptions;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** One of many leads, and only that one can write, even if another one has not noticed yet that it leads no more. */
public final class Captain {
    private Captain() {}

    /** @param args the nodes' addresses, and what this candidate calls itself */
    public static void main(String[] args) throws InterruptedException {
        run(args[0], args[1], System.out);
    }

    static void run(String addresses, String name, PrintStream out) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        try (Archipel archipel = Archipel.connect(addresses)) {
            archipel.database("logbook").create();
            Candidate candidate = new Candidate() {
                @Override
                public void elected(HeldLock lock) {
                    try {
                        // What is written here carries the lock's token.
                        Database logbook = archipel.under(lock).database("logbook");
                        logbook.create(name + "-" + lock.token(), Map.of("captain", name));
                        out.println(name + " leads");
                    } catch (FencedException | LockLostException e) {
                        out.println(name + " led: " + e.reason());
                    }
                    done.countDown();
                }

                @Override
                public void deposed() {
                    out.println(name + " leads no more");
                }
            };
            try (Election election = archipel.locks().stand("captain", LockOptions.of(name), candidate)) {
                done.await();
                out.println("captain: " + election.leader());
            }
        }
    }
}
