package archipel.examples;

import archipel.client.Archipel;
import archipel.objects.ContextManager;
import archipel.objects.ReadOnly;
import archipel.objects.UnreplicatedChangesException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Objects that are changed here first, and replicated when the program says so: many changes by one write. */
public final class VoyagePlan {
    /** What is called. */
    public interface Plan {
        void call(String port);

        @ReadOnly
        List<String> ports();
    }

    /** Its state. */
    public static final class PlanState implements Plan {
        private final List<String> ports = new ArrayList<>();

        @Override
        public void call(String port) {
            ports.add(port);
        }

        @Override
        public List<String> ports() {
            return ports;
        }
    }

    private VoyagePlan() {}

    /** @param args the nodes' addresses */
    public static void main(String[] args) {
        run(args[0], System.out);
    }

    static void run(String addresses, PrintStream out) {
        try (Archipel archipel = Archipel.connect(addresses)) {
            archipel.database("plans").create();
            ContextManager contexts = archipel.contexts();
            contexts.begin();
            Plan plan = contexts.object("plans/spring", Plan.class, PlanState::new);
            List.of("Brest", "Molène", "Ouessant").forEach(plan::call);
            out.println(contexts.replicate() + " written");
            plan.call("Sein");
            try {
                contexts.end();
            } catch (UnreplicatedChangesException e) {
                out.println("forgotten: " + e.changes());
            }
        }
    }
}
