package archipel.ensembles;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.ensemble.Ensemble;
import archipel.ensemble.MemberRequest;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.HttpSettings;
import archipel.http.Request;
import archipel.http.Router;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code _ensemble}, for admins: the members, who leads, and how each group stands; {@code POST} to
 * {@code _ensemble/members} adds a member, {@code PUT} and {@code DELETE} of {@code _ensemble/members/{name}} change
 * and remove one, {@code POST} to {@code _ensemble/transfer} has one lead. On any member. {@code POST} to
 * {@code _ensemble/rebuild} has the member that is asked take another one's data, or not.
 */
final class EnsembleHandler {
    private static final String MEMBERS = "members";

    private final @Nullable Ensemble ensemble;

    private final EventsHandler events;

    EnsembleHandler(@Nullable Ensemble ensemble, HttpSettings settings) {
        this.ensemble = ensemble;
        this.events = new EventsHandler(settings);
    }

    void register(Router router) {
        router.serverTree("_ensemble", Access.ADMIN, "DELETE,GET,HEAD,POST,PUT")
                .get(this::get)
                .post(this::post)
                .put(this::put)
                .delete(this::delete);
    }

    private void get(Request request, Answer answer) throws IOException {
        if (request.path().size() == 2 && request.path().segment(1).equals("events")) {
            events.get(ensemble(), request, answer);
            return;
        }
        if (request.path().size() != 1) {
            throw new RequestException(ErrorCode.MISSING);
        }
        JsonBuffer json = new JsonBuffer(4096);
        ensemble().appendStatus(json);
        answer.json(200, json);
    }

    private Ensemble ensemble() {
        if (ensemble == null) {
            throw new RequestException(ErrorCode.NO_ENSEMBLE);
        }
        return ensemble;
    }

    private void post(Request request, Answer answer) throws IOException {
        Ensemble asked = ensemble();
        String what = request.path().size() == 2 ? request.path().segment(1) : "";
        JsonNode body = request.body().requireJson().jsonObject();
        switch (what) {
            case MEMBERS -> {
                MemberRequest.Add add = new MemberRequest.Add(
                        text(body, "name"),
                        text(body, "address"),
                        text(body, "id"),
                        truth(body, "observer", false),
                        body.path("format").asInt(0));
                JsonBuffer added = asked.request(add, truth(body, "secret", false));
                AdminLog.record(request, "member_added", add.name());
                answer.json(201, added);
            }
            case "transfer" -> {
                String to = text(body, "to");
                JsonBuffer done = asked.request(new MemberRequest.Transfer(to, group(body)));
                AdminLog.record(request, "leadership_transferred", to);
                answer.json(200, done);
            }
            case "rebuild" -> {
                boolean cancelled = truth(body, "cancel", false);
                List<Integer> groups = cancelled ? asked.cancelRebuild(group(body)) : asked.rebuild(group(body));
                AdminLog.record(request, cancelled ? "rebuild_cancelled" : "groups_rebuilt", groups.toString());
                JsonBuffer json = new JsonBuffer(128).ascii("{\"ok\":true,\"groups\":[");
                String separator = "";
                for (int number : groups) {
                    json.ascii(separator).number(number);
                    separator = ",";
                }
                answer.json(cancelled ? 200 : 202, json.ascii("]}"));
            }
            default -> throw new RequestException(ErrorCode.MISSING);
        }
    }

    private static OptionalInt group(JsonNode body) {
        JsonNode group = body.path("group");
        if (!group.isMissingNode() && !group.isIntegralNumber()) {
            throw new RequestException(ErrorCode.MEMBER_GROUP_NUMBER);
        }
        return group.isMissingNode() ? OptionalInt.empty() : OptionalInt.of(group.asInt(-1));
    }

    private static String text(JsonNode body, String member) {
        JsonNode value = body.path(member);
        if (!value.isString()) {
            throw new RequestException(ErrorCode.MEMBER_TEXT, member);
        }
        return value.stringValue();
    }

    private static boolean truth(JsonNode body, String member, boolean absent) {
        JsonNode value = body.path(member);
        if (value.isMissingNode()) {
            return absent;
        } else if (!value.isBoolean()) {
            throw new RequestException(ErrorCode.MEMBER_TRUTH, member);
        }
        return value.booleanValue();
    }

    private static String name(Request request) {
        if (request.path().size() != 3 || !request.path().segment(1).equals(MEMBERS)) {
            throw new RequestException(ErrorCode.MISSING);
        }
        return request.path().segment(2);
    }

    private void put(Request request, Answer answer) throws IOException {
        Ensemble asked = ensemble();
        String name = name(request);
        JsonNode body = request.body().requireJson().jsonObject();
        if (!body.path("observer").isBoolean()) {
            throw new RequestException(ErrorCode.MEMBER_TRUTH, "observer");
        }
        boolean observer = body.path("observer").booleanValue();
        JsonBuffer changed = asked.request(
                new MemberRequest.Observe(name, observer, request.parameters().isTrue("force")));
        AdminLog.record(request, observer ? "member_demoted" : "member_promoted", name);
        answer.json(200, changed);
    }

    private void delete(Request request, Answer answer) throws IOException {
        Ensemble asked = ensemble();
        String name = name(request);
        JsonBuffer removed = asked.request(
                new MemberRequest.Remove(name, request.parameters().isTrue("force")));
        AdminLog.record(request, "member_removed", name);
        answer.json(200, removed);
    }
}
