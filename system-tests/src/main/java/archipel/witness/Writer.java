package archipel.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.testimony.Ask;
import archipel.testimony.Edit;
import archipel.testimony.Edit.Outcome;
import archipel.testimony.Row;
import archipel.testimony.Seen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Creates, updates and deletes documents one by one, in bulk and atomically, the same ones as other writers do. Each
 * body has the version that the write gives the document, and the write's own token.
 */
final class Writer extends Client {
    private static final String NO_REVISION = "1-" + "0".repeat(32);
    private static final int LONGEST_PAD = 400;
    /** How many documents it has for itself. */
    private static final int OWN = 10;

    /** What this writer believes each document's newest revision to be; no entry where it has no idea. */
    private final Map<String, String> revisions = new HashMap<>();

    private int tokens;

    Writer(Site site, String name, SplittableRandom random) {
        super(site, name, random);
    }

    @Override
    void step() throws IOException, InterruptedException {
        if (random.nextInt(3) > 0) {
            // What it believes is often no longer so, and then the write is refused: both are to happen.
            revisions.clear();
        }
        int kind = random.nextInt(100);
        if (kind < 35) {
            one(document(), random.nextInt(4) == 0);
        } else if (kind < 45) {
            one(Names.own(name, random.nextInt(OWN)), random.nextInt(3) == 0);
        } else if (kind < 65) {
            LinkedHashSet<String> ids = new LinkedHashSet<>();
            for (int i = random.nextInt(2, 8); i > 0; i--) {
                ids.add(document());
            }
            bulk(List.copyOf(ids), false);
        } else if (kind < 95) {
            bulk(group(), true);
        } else {
            // One of them names a revision that never was: all of it has to be refused.
            List<String> ids = new ArrayList<>(group());
            String id = document();
            ids.add(id);
            revisions.put(id, NO_REVISION);
            bulk(ids, true);
        }
    }

    /**
     * Creates the documents that writers share. From then on each write names the revision that it replaces: one that
     * names none would go on from a deletion that its writer knows nothing of, and get a version it did not expect.
     */
    void found() throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < site.plan().documents(); i++) {
            ids.add(Names.document(i));
        }
        for (int i = 0; i < site.plan().groups(); i++) {
            ids.addAll(Names.group(i));
        }
        for (List<String> left = ids; !left.isEmpty() && !site.isOver(); left = unfounded(ids)) {
            bulk(left, false);
        }
    }

    private List<String> unfounded(List<String> ids) throws IOException, InterruptedException {
        learn(ids);
        return ids.stream()
                .filter(id -> revisions.getOrDefault(id, "").isEmpty())
                .toList();
    }

    private String document() {
        return Names.document(random.nextInt(site.plan().documents()));
    }

    private List<String> group() {
        return Names.group(random.nextInt(site.plan().groups()));
    }

    private void one(String id, boolean delete) throws IOException, InterruptedException {
        learn(List.of(id));
        String token = token();
        Edit edit = edit(id, delete);
        String body = body(edit, token);
        Question question = new Question("PUT", "/" + id, body, Ask.LATEST, Map.of(), _ -> new Seen.Again());
        write(question, token, false, List.of(edit));
    }

    private void bulk(List<String> ids, boolean atomic) throws IOException, InterruptedException {
        learn(ids);
        String token = token();
        List<Edit> edits = new ArrayList<>();
        for (String id : ids) {
            edits.add(edit(id, !atomic && random.nextInt(5) == 0));
        }
        String body = edits.stream()
                .map(edit -> body(edit, token))
                .collect(Collectors.joining(",", atomic ? "{\"atomic\":true,\"docs\":[" : "{\"docs\":[", "]}"));
        Question question = new Question("POST", "/_bulk_docs", body, Ask.LATEST, Map.of(), _ -> new Seen.Again());
        write(question, token, atomic, edits);
    }

    private String token() {
        return name + "." + tokens++;
    }

    /** Looks up the newest revisions of those it knows none of; a document that was never there has none. */
    private void learn(List<String> ids) throws IOException, InterruptedException {
        List<String> strange =
                ids.stream().filter(id -> !revisions.containsKey(id)).toList();
        if (strange.isEmpty()) {
            return;
        }
        String keys = strange.stream().collect(Collectors.joining("\",\"", "{\"keys\":[\"", "\"]}"));
        // A node that has lost the block is on record then; the writer goes on with what there is.
        for (Ask ask = onward(); !site.isOver(); ask = Ask.LATEST) {
            Question question = Question.post("/_all_docs?include_docs=true", keys, ask, Readings::keys);
            if (ask(question).event().seen() instanceof Seen.Documents documents) {
                documents.absent().forEach(id -> revisions.put(id, ""));
                documents.rows().forEach(row -> revisions.put(row.id(), row.rev()));
                return;
            }
        }
    }

    private Edit edit(String id, boolean delete) {
        String rev = revisions.getOrDefault(id, "");
        long version = rev.isEmpty() ? 1 : Row.version(rev) + 1;
        return new Edit(id, version, delete && version > 1, Outcome.UNKNOWN, null);
    }

    private String body(Edit edit, String token) {
        String rev = revisions.getOrDefault(edit.id(), "");
        return "{\"_id\":\"" + edit.id() + "\"" + (rev.isEmpty() ? "" : ",\"_rev\":\"" + rev + "\"")
                + (edit.deleted() ? ",\"_deleted\":true" : attachment(token))
                + ",\"n\":" + edit.version() + ",\"by\":\"" + token
                + "\",\"pad\":\"" + "x".repeat(random.nextInt(LONGEST_PAD)) + "\"}";
    }

    /** In a part of the documents, a small one that no other write has. */
    private String attachment(String token) {
        if (random.nextInt(4) != 0) {
            return "";
        }
        String data = Base64.getEncoder()
                .encodeToString(token.repeat(random.nextInt(1, 200)).getBytes(UTF_8));
        return ",\"_attachments\":{\"" + Names.ATTACHMENT + "\":{\"content_type\":\"text/plain\",\"data\":\"" + data
                + "\"}}";
    }

    private void write(Question question, String token, boolean atomic, List<Edit> edits)
            throws IOException, InterruptedException {
        Asked asked = ask(question, answer -> new Seen.Write(token, atomic, outcomes(edits, answer)));
        for (Edit edit : ((Seen.Write) asked.event().seen()).edits()) {
            if (edit.outcome() == Outcome.ACCEPTED && edit.rev() != null) {
                revisions.put(edit.id(), edit.rev());
            } else {
                revisions.remove(edit.id());
            }
        }
    }

    /** @param answer null where there was none */
    private static List<Edit> outcomes(List<Edit> edits, @Nullable Answer answer) {
        if (answer == null || answer.status() >= 500) {
            return edits;
        }
        Map<String, String> accepted = new TreeMap<>();
        if (answer.isSuccess()) {
            JsonNode json = answer.json();
            for (JsonNode row : json.isArray() ? json : List.of(json)) {
                if (row.path("ok").booleanValue(false)) {
                    accepted.put(row.path("id").stringValue(""), row.path("rev").stringValue(""));
                }
            }
        }
        return edits.stream()
                .map(edit -> new Edit(
                        edit.id(),
                        edit.version(),
                        edit.deleted(),
                        accepted.containsKey(edit.id()) ? Outcome.ACCEPTED : Outcome.REFUSED,
                        accepted.get(edit.id())))
                .toList();
    }
}
