package archipel.databases;

import archipel.access.DatabaseGate;
import archipel.auth.DatabaseAccess;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Request;
import archipel.http.Router;
import archipel.merge.MergePolicy;
import java.io.IOException;

/** What is set for one database: its security object, its limits, its merge policy. */
final class DatabaseSettingsHandler {
    private final DatabaseGate gate;
    private final DatabaseAccess access;

    DatabaseSettingsHandler(DatabaseGate gate, DatabaseAccess access) {
        this.gate = gate;
        this.access = access;
    }

    void register(Router router) {
        router.database("_security", Access.MEMBER, "PUT,GET")
                .get(this::security)
                .put(this::setSecurity);
        router.database("_revs_limit", Access.MEMBER, "PUT,GET")
                .get(this::revisionsLimit)
                .put(this::setRevisionsLimit);
        router.database("_purged_infos_limit", Access.ADMIN, "GET,PUT")
                .get(this::purgedInfosLimit)
                .put(this::setPurgedInfosLimit);
        router.database("_merge", Access.MEMBER, "GET,PUT")
                .get(this::mergePolicy)
                .put(this::setMergePolicy);
    }

    private void security(DatabaseRequest request, Answer answer) throws IOException {
        byte[] json = access.securityJson(request.database().security());
        answer.json(200, new JsonBuffer(json.length + 1).raw(json));
    }

    private void setSecurity(DatabaseRequest request, Answer answer) throws IOException {
        gate.setSecurity(
                request.user(), request.database(), () -> request.body().bytes());
        AdminLog.record(request, "security_changed", request.database().name());
        answer.ok(200);
    }

    private void revisionsLimit(DatabaseRequest request, Answer answer) throws IOException {
        answer.json(200, new JsonBuffer(16).number(request.database().revisionsLimit()));
    }

    private void setRevisionsLimit(DatabaseRequest request, Answer answer) throws IOException {
        gate.setRevisionsLimit(request.user(), request.database(), () -> positive(request, ErrorCode.REVISIONS_LIMIT));
        AdminLog.record(request, "revs_limit_changed", request.database().name());
        answer.ok(200);
    }

    private void purgedInfosLimit(DatabaseRequest request, Answer answer) throws IOException {
        answer.json(200, new JsonBuffer(16).number(request.database().purgedInfosLimit()));
    }

    private void setPurgedInfosLimit(DatabaseRequest request, Answer answer) throws IOException {
        gate.setPurgedInfosLimit(
                request.user(), request.database(), () -> positive(request, ErrorCode.PURGED_INFOS_LIMIT));
        AdminLog.record(
                request, "purged_infos_limit_changed", request.database().name());
        answer.ok(200);
    }

    private void mergePolicy(DatabaseRequest request, Answer answer) throws IOException {
        answer.json(200, new JsonBuffer(64).raw(request.database().mergePolicy().json()));
    }

    private void setMergePolicy(DatabaseRequest request, Answer answer) throws IOException {
        gate.setMergePolicy(
                request.user(),
                request.database(),
                () -> MergePolicy.of(request.body().json()));
        AdminLog.record(request, "merge_changed", request.database().name());
        answer.ok(200);
    }

    private static int positive(Request request, ErrorCode refusal) throws IOException {
        Long limit = WholeNumber.clamped(request.body().json());
        if (limit == null || limit <= 0) {
            throw new RequestException(refusal);
        }
        return (int) Math.min(limit, Integer.MAX_VALUE);
    }
}
