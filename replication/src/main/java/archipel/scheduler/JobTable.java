package archipel.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that there are: by the documents that ask for them, and by the ids of their replications, which two of them
 * never share. Not safe for concurrent use.
 */
final class JobTable {
    private static final int SHARE = 3;

    private final Map<String, Map<String, Job>> documents = new HashMap<>();
    private final TreeMap<String, Job> ids = new TreeMap<>();
    /** Runs that are ending of jobs that are gone; another of the same id has to wait for them. */
    private final Map<String, Job> ending = new HashMap<>();

    private final Set<String> waiting = new HashSet<>();
    private int documentCount;
    private int requestCount;

    @Nullable
    Job ofDocument(String database, String id) {
        Map<String, Job> jobs = documents.get(database);
        return jobs == null ? null : jobs.get(id);
    }

    List<Job> ofDatabase(String database) {
        Map<String, Job> jobs = documents.get(database);
        return jobs == null ? List.of() : new ArrayList<>(jobs.values());
    }

    @Nullable
    Job ofId(String id) {
        return ids.get(id);
    }

    /** All whose id is known, in the order of their ids. */
    Iterable<Job> all() {
        return ids.values();
    }

    int size() {
        return ids.size();
    }

    int documents() {
        return documentCount;
    }

    int requests() {
        return requestCount;
    }

    /**
     * Adds a document's job where there is room for it; one database gets three times as much as is left for others.
     * Otherwise the database counts as waiting until {@link #takeAdmissible} names it.
     *
     * @param most of all databases together
     */
    boolean addDocument(JobOrigin.Document origin, Job job, int most) {
        if (room(origin.database(), most) <= 0) {
            waiting.add(origin.database());
            return false;
        }
        documents.computeIfAbsent(origin.database(), _ -> new HashMap<>()).put(origin.id(), job);
        documentCount++;
        return true;
    }

    private long room(String database, int most) {
        Map<String, Job> jobs = documents.get(database);
        long left = (long) most - documentCount;
        return left <= 0 ? 0 : Math.max(jobs == null ? 1 : 0, SHARE * left - (jobs == null ? 0 : jobs.size()));
    }

    /** Databases that wait and have got room for a good many more, each once. */
    List<String> takeAdmissible(int most) {
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<String> admissible = new ArrayList<>();
        for (String database : waiting) {
            if (room(database, most) >= Math.max(1, most / 10)) {
                admissible.add(database);
            }
        }
        admissible.forEach(waiting::remove);
        return admissible;
    }

    /** Whether documents of that database wait for others to go. */
    boolean isWaiting(String database) {
        return waiting.contains(database);
    }

    void dropped(String database) {
        waiting.remove(database);
    }

    /** Gives a job an id that no other has. */
    void name(Job job, String id) {
        job.id = id;
        ids.put(id, job);
        if (job.isRequest()) {
            requestCount++;
        }
    }

    /** Takes its id away from a job that stays. */
    void unname(Job job) {
        if (job.id != null && ids.remove(job.id, job) && job.isRequest()) {
            requestCount--;
        }
        job.id = null;
    }

    /** Whether a run of that id has still to end before another may begin. */
    boolean isEnding(String id) {
        return ending.containsKey(id);
    }

    /** Removes a job. One that runs is remembered until {@link #ended}. */
    void remove(Job job) {
        if (job.origin instanceof JobOrigin.Document document) {
            Map<String, Job> jobs = documents.get(document.database());
            if (jobs != null && jobs.remove(document.id(), job)) {
                documentCount--;
                if (jobs.isEmpty()) {
                    documents.remove(document.database());
                }
            }
        }
        String id = job.id;
        if (id != null && ids.remove(id, job)) {
            if (job.isRequest()) {
                requestCount--;
            }
            if (job.run != null) {
                ending.put(id, job);
            }
        }
    }

    /** The run of a job that was removed has ended. @return who may run now; null for nobody */
    @Nullable
    Job ended(Job job) {
        return job.id != null && ending.remove(job.id, job) ? ids.get(job.id) : null;
    }
}
