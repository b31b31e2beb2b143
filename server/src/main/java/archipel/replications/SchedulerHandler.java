package archipel.replications;

import archipel.auth.ReplicatorRules;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Router;
import archipel.scheduler.JobState;
import archipel.scheduler.JobView;
import archipel.scheduler.Scheduler;
import archipel.scheduler.StoredJob;
import archipel.scheduler.StoredJobs;
import archipel.scheduler.StoredJobs.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code _scheduler/jobs} and {@code _scheduler/docs}: what replications there are, and how they are. Of documents
 * whose replications another member of the ensemble runs, this node knows what they say, and which member that is.
 */
final class SchedulerHandler {
    private static final String REPLICATOR = "_replicator";
    private static final long JOBS = 100;

    private final StoredJobs documents;
    private final Scheduler scheduler;
    private final JobOwners owners;

    SchedulerHandler(Node node, Scheduler scheduler, JobOwners owners) {
        this.documents = new StoredJobs(node);
        this.scheduler = scheduler;
        this.owners = owners;
    }

    void register(Router router) {
        router.serverTree("_scheduler", Access.ADMIN, "GET,HEAD").get(this::get);
    }

    private void get(Request request, Answer answer) throws IOException {
        int size = request.path().size();
        String what = size > 1 ? request.path().segment(1) : "";
        if (what.equals("jobs") && size == 2) {
            jobs(request, answer);
        } else if (what.equals("jobs") && size == 3) {
            job(request.path().segment(2), answer);
        } else if (what.equals("docs")) {
            documentsAt(request, answer);
        } else {
            answer.json(404, new JsonBuffer(32).ascii("{\"error\":\"not found\"}"));
        }
    }

    private void jobs(Request request, Answer answer) throws IOException {
        long limit = number(request.parameters(), "limit", JOBS);
        long skip = number(request.parameters(), "skip", 0);
        String name = owners.own();
        JsonStream out = answer.stream(200);
        scheduler.list(
                skip,
                limit,
                total -> out.buffer()
                        .ascii("{\"total_rows\":")
                        .number(total)
                        .ascii(",\"offset\":")
                        .number(Math.min(skip, total))
                        .ascii(",\"jobs\":["),
                new Scheduler.Sink() {
                    private String separator = "";

                    @Override
                    public void take(JobView job) throws IOException {
                        JobJson.job(out.buffer().ascii(separator), job, name);
                        separator = ",";
                        out.drain();
                    }
                });
        out.buffer().ascii("]}\n");
        out.finish();
    }

    private static long number(Parameters parameters, String name, long absent) {
        String given = parameters.get(name);
        if (given == null) {
            return absent;
        }
        long number;
        try {
            number = Long.parseLong(given);
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.SCHEDULER_INTEGER, name);
        }
        if (number < 0) {
            throw new RequestException(ErrorCode.SCHEDULER_RANGE, name);
        }
        return number;
    }

    private void job(String id, Answer answer) throws IOException {
        // A plus sign that somebody decoded on the way.
        JobView job = scheduler.find(id.replace(' ', '+'));
        if (job == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        JsonBuffer json = new JsonBuffer(1024);
        JobJson.job(json, job, owners.own());
        answer.json(200, json);
    }

    /** Slashes in the database's name may come as they are, since no document is called {@code _replicator}. */
    private void documentsAt(Request request, Answer answer) throws IOException {
        List<String> rest = new ArrayList<>();
        for (int i = 2; i < request.path().size(); i++) {
            rest.add(request.path().segment(i));
        }
        if (rest.isEmpty()) {
            list(request, answer, REPLICATOR);
            return;
        }
        if (rest.size() <= 2 && ReplicatorRules.isReplicator(rest.getFirst())) {
            answer(request, answer, rest.getFirst(), rest.size() == 1 ? null : rest.getLast());
            return;
        }
        int end = rest.indexOf(REPLICATOR);
        if (rest.size() < 2 || end < 0 || rest.size() > end + 2) {
            throw new RequestException(ErrorCode.SCHEDULER_PATH);
        }
        String database = String.join("/", rest.subList(0, end + 1));
        answer(request, answer, database, rest.size() == end + 1 ? null : rest.getLast());
    }

    private void answer(Request request, Answer answer, String database, @Nullable String id) throws IOException {
        if (id == null) {
            list(request, answer, database);
            return;
        }
        JsonBuffer json = new JsonBuffer(1024);
        JobView job = scheduler.find(database, id);
        if (job != null) {
            JobJson.document(json, job, owners.own());
        } else {
            StoredJob stored = documents.find(database, id);
            if (stored == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            write(json, database, id, stored);
        }
        answer.json(200, json);
    }

    private void write(JsonBuffer json, String database, String id, StoredJob stored) {
        String elsewhere = owners.elsewhere(database);
        if (stored.state() == null && scheduler.isFull(database)) {
            JobJson.waiting(json, database, id, stored, owners.own());
        } else if (stored.state() == null && elsewhere != null) {
            JobJson.elsewhere(json, database, id, stored, elsewhere);
        } else {
            JobJson.document(json, database, id, stored);
        }
    }

    private void list(Request request, Answer answer, String name) throws IOException {
        Parameters parameters = request.parameters();
        Set<JobState> states = states(parameters.get("states", ""));
        boolean descending = parameters.bool("descending", false);
        long skip = parameters.nonNegative("skip", 0);
        long limit = parameters.nonNegative("limit", Long.MAX_VALUE);
        JsonStream out = answer.stream(200);
        Page page = documents.page(name, null, descending);
        out.buffer().ascii("{\"total_rows\":").number(page.total());
        out.buffer().ascii(",\"offset\":").number(Math.min(skip, page.total())).ascii(",\"docs\":[");
        long left = skip;
        long rows = 0;
        while (true) {
            for (StoredJobs.Entry entry : page.entries()) {
                JsonBuffer json = new JsonBuffer(512);
                if (rows < limit && isShown(json, name, entry, states) && left-- <= 0) {
                    out.buffer().ascii(rows++ == 0 ? "\r\n" : ",\r\n").raw(json.toByteArray());
                    out.drain();
                }
            }
            if (page.next() == null || rows >= limit) {
                break;
            }
            page = documents.page(name, page.next(), descending);
        }
        out.buffer().ascii("\r\n]}\n");
        out.finish();
    }

    /** Writes a document's row; false where it is not to be shown. */
    private boolean isShown(JsonBuffer json, String database, StoredJobs.Entry entry, Set<JobState> states) {
        StoredJob stored = entry.job();
        JobState state = stored.state();
        if (state != null) {
            JobJson.document(json, database, entry.id(), stored);
            return states.contains(state);
        }
        JobView job = scheduler.find(database, entry.id());
        if (job != null) {
            JobJson.document(json, job, owners.own());
            return states.contains(job.state());
        }
        String elsewhere = owners.elsewhere(database);
        if (elsewhere != null) {
            JobJson.elsewhere(json, database, entry.id(), stored, elsewhere);
            // Its state is not known here: it is none that could be asked for.
            return states.size() == JobState.values().length;
        }
        // Or it is so new, or so near its end, that nothing can be said of it.
        boolean waits = scheduler.isFull(database);
        if (waits) {
            JobJson.waiting(json, database, entry.id(), stored, owners.own());
        }
        return waits && states.contains(JobState.INITIALIZING);
    }

    private static Set<JobState> states(String given) {
        if (given.isEmpty()) {
            return EnumSet.allOf(JobState.class);
        }
        Set<JobState> states = EnumSet.noneOf(JobState.class);
        List<String> unknown = new ArrayList<>();
        for (String word : given.toLowerCase(Locale.ROOT).split(",")) {
            JobState state = Arrays.stream(JobState.values())
                    .filter(each -> each.word().equals(word))
                    .findFirst()
                    .orElse(null);
            if (state != null) {
                states.add(state);
            } else if (!word.isEmpty()) {
                unknown.add(word);
            }
        }
        if (!unknown.isEmpty()) {
            throw new RequestException(ErrorCode.SCHEDULER_STATES, String.join(",", unknown));
        }
        return states;
    }
}
