package archipel.health;

/**
 * A problem that shows in single events, such as requests that are refused: reported when one comes, withdrawn once
 * none has come for a while. To be asked once a second, by one thread.
 */
public final class Recurring {
    private static final int CALM_CALLS = 5;

    private final Health health;
    private final Problem problem;
    private long seen;
    private int calm;

    public Recurring(Health health, Problem problem) {
        this.health = health;
        this.problem = problem;
    }

    /**
     * Reports or withdraws it.
     *
     * @param events how many there have been so far
     * @param detail what an operator is told
     */
    public void update(long events, String detail) {
        if (events != seen) {
            seen = events;
            calm = 0;
            if (!health.has(problem)) {
                health.report(problem, detail);
            }
        } else if (health.has(problem) && ++calm >= CALM_CALLS) {
            health.withdraw(problem);
        }
    }
}
