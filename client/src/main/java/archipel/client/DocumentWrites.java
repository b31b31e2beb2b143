package archipel.client;

import archipel.calls.Call;
import archipel.calls.Refusals;
import archipel.calls.Reply;
import archipel.failures.ArchipelException;
import archipel.failures.ErrorAnswer;
import archipel.failures.OutcomeUnknownException;
import archipel.failures.ServerFaultException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes documents of one database, and recognises those that were carried out although their answer was lost. */
final class DocumentWrites {
    private final DatabaseCalls calls;

    DocumentWrites(DatabaseCalls calls) {
        this.calls = calls;
    }

    /** @param document with its id, and its revision unless it is to be made */
    Written put(String id, @Nullable String revision, ObjectNode document) {
        requireNotLocal(id);
        Call call = Call.write("PUT", calls.path(DatabaseCalls.id(id)))
                .json(calls.json().bytes(document));
        return commit(call, id, revision, isSame(document));
    }

    Written delete(String id, String revision) {
        requireNotLocal(id);
        Call call = Call.write("DELETE", calls.path(DatabaseCalls.id(id))).with("rev", revision);
        return commit(call, id, revision, DocumentWrites::isBareDeletion);
    }

    /** @param content what the new revision has, for one whose answer is lost */
    Written commit(Call call, String id, @Nullable String revision, Predicate<JsonNode> content) {
        Reply reply = calls.write(call);
        if (reply.isSuccess()) {
            String written = answer(reply).path("rev").asString("");
            return new Written(id, written, DatabaseCalls.block(reply));
        }
        ArchipelException refusal = Refusals.of(reply);
        if (!reply.repeated()) {
            throw refusal;
        }
        // Whatever the second attempt was refused for, the first one may have been carried out.
        String own = new RepeatedWrite(calls, id, revision, content).find().orElseThrow(() -> refusal);
        Block newest = calls.newest();
        return new Written(id, own, newest == null ? Block.number(0) : newest);
    }

    /** Where it is none of a node's, nobody knows what has become of the write. */
    private JsonNode answer(Reply reply) {
        try {
            return calls.json().read(reply);
        } catch (ServerFaultException e) {
            throw new OutcomeUnknownException(reply.what(), e.answer(), e);
        }
    }

    /** A local document has no history to recognise a write in. */
    private static void requireNotLocal(String id) {
        if (id.startsWith("_local/")) {
            throw new IllegalArgumentException("local documents are written by putLocal: " + id);
        }
    }

    /** @return what became of each, in their order */
    List<BulkOutcome> bulk(BulkWrite write, boolean atomic) {
        ObjectNode body = calls.json().mapper().createObjectNode();
        if (atomic) {
            body.put("atomic", true);
        }
        var documents = body.putArray("docs");
        List<ObjectNode> sent = new ArrayList<>();
        for (BulkWrite.Edit edit : write.edits()) {
            requireNotLocal(edit.id());
            ObjectNode document = edit.value() instanceof Document<?> old
                    ? keeping(old)
                    : edit.value() == null
                            ? calls.json().mapper().createObjectNode().put("_deleted", true)
                            : calls.json().object(edit.value());
            sent.add(Json.envelope(document, edit.id(), edit.revision()));
            documents.add(document);
        }
        if (sent.isEmpty()) {
            return List.of();
        }
        Reply reply = calls.write(
                Call.write("POST", calls.path("_bulk_docs")).json(calls.json().bytes(body)));
        if (reply.status() == 201) {
            return rows(write.edits(), sent, answer(reply), reply.repeated());
        }
        ArchipelException refusal = Refusals.of(reply);
        if (!reply.repeated()) {
            throw refusal;
        }
        return atomic ? ownOrElse(write.edits(), sent, refusal) : someOwnOrElse(write.edits(), sent, refusal);
    }

    private ObjectNode keeping(Document<?> document) {
        ObjectNode object = calls.json().object(document.value());
        Json.keep(object, document.attachments());
        return object;
    }

    /** An atomic write was refused, perhaps since it was there already: then all of it is. */
    private List<BulkOutcome> ownOrElse(List<BulkWrite.Edit> edits, List<ObjectNode> sent, ArchipelException refusal) {
        List<BulkOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < edits.size(); i++) {
            BulkWrite.Edit edit = edits.get(i);
            String own = new RepeatedWrite(calls, edit.id(), edit.revision(), isSame(sent.get(i)))
                    .find()
                    .orElseThrow(() -> refusal);
            outcomes.add(new BulkOutcome.Stored(edit.id(), own));
        }
        return outcomes;
    }

    /** A request was refused as a whole, when some of it may have been carried out. */
    private List<BulkOutcome> someOwnOrElse(
            List<BulkWrite.Edit> edits, List<ObjectNode> sent, ArchipelException refusal) {
        List<BulkOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < edits.size(); i++) {
            outcomes.add(own(edits.get(i), sent.get(i), refusal.error(), refusal.reason()));
        }
        if (outcomes.stream().allMatch(BulkOutcome.Refused.class::isInstance)) {
            throw refusal;
        }
        return outcomes;
    }

    private List<BulkOutcome> rows(List<BulkWrite.Edit> edits, List<ObjectNode> sent, JsonNode rows, boolean repeated) {
        List<BulkOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < edits.size(); i++) {
            JsonNode row = rows.path(i);
            String id = edits.get(i).id();
            if (row.has("rev")) {
                outcomes.add(new BulkOutcome.Stored(id, row.path("rev").asString()));
                continue;
            }
            String error = row.path("error").asString("");
            String reason = row.path("reason").asString("");
            outcomes.add(
                    repeated
                            ? own(edits.get(i), sent.get(i), error, reason)
                            : new BulkOutcome.Refused(id, error, reason));
        }
        return outcomes;
    }

    /** What became of one that was refused when it was sent again. */
    private BulkOutcome own(BulkWrite.Edit edit, ObjectNode sent, String error, String reason) {
        try {
            Optional<String> own = new RepeatedWrite(calls, edit.id(), edit.revision(), isSame(sent)).find();
            if (own.isPresent()) {
                return new BulkOutcome.Stored(edit.id(), own.get());
            }
            return Refusals.isCertain(error)
                    ? new BulkOutcome.Refused(edit.id(), error, reason)
                    : new BulkOutcome.Unknown(edit.id());
        } catch (OutcomeUnknownException e) {
            return new BulkOutcome.Unknown(edit.id());
        }
    }

    /** Whether a revision has the content that was sent, each as it is read from its text. */
    private Predicate<JsonNode> isSame(ObjectNode sent) {
        boolean deleted = sent.path("_deleted").asBoolean(false);
        var attachments = Json.stubs(sent.path("_attachments"));
        boolean inline = sent.path("_attachments").valueStream().anyMatch(one -> !one.has("stub"));
        return found -> {
            if (inline) {
                throw new OutcomeUnknownException(
                        "write " + sent.path("_id").asString(""),
                        ErrorAnswer.none("write_undecided", "Attachments within a document are not compared."),
                        null);
            }
            return Json.isSame(
                            Json.own(found), Json.own(Json.exactly(calls.json().bytes(sent))))
                    && found.path("_deleted").asBoolean(false) == deleted
                    && Json.stubs(found.path("_attachments")).equals(attachments);
        };
    }

    private static boolean isBareDeletion(JsonNode found) {
        return found.path("_deleted").asBoolean(false) && Json.own(found).isEmpty();
    }
}
