package archipel.scheduler;

/**
 * By what jobs take turns.
 *
 * @param jobs run at the same time
 * @param turnMs for how long a continuous job runs before it stops for another
 * @param churn jobs that stop for others in that time
 * @param healthMs after how long of running well earlier failures do not count any more
 */
record ScheduleLimits(int jobs, long turnMs, int churn, long healthMs) {}
