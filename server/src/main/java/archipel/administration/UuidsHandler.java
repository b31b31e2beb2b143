package archipel.administration;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.ETags;
import archipel.http.Request;
import archipel.http.Router;
import archipel.settings.Settings;
import java.io.IOException;

/** {@code /_uuids}: ids for documents to come. */
final class UuidsHandler {
    private final Settings settings;
    private final Uuids uuids;

    UuidsHandler(Administration administration) {
        this.settings = administration.settings();
        this.uuids = administration.uuids();
    }

    void register(Router router) {
        router.server("_uuids", Access.ANYONE, "GET").get(this::uuids);
    }

    private void uuids(Request request, Answer answer) throws IOException {
        int count = count(request.parameters().get("count", "1"));
        JsonBuffer json = new JsonBuffer(32 + count * 36).ascii("{\"uuids\":[");
        for (int i = 0; i < count; i++) {
            json.ascii(i == 0 ? "" : ",").string(uuids.next());
        }
        json.ascii("]}");
        // Never the same answer again, whatever lies between: no cache may keep it.
        answer.set("Cache-Control", "no-cache");
        answer.set("Pragma", "no-cache");
        answer.set("Expires", "Mon, 01 Jan 1990 00:00:00 GMT");
        answer.etag(ETags.of(uuids.next()));
        answer.json(200, json);
    }

    private int count(String text) {
        long count;
        try {
            count = Long.parseLong(text);
        } catch (NumberFormatException notANumber) {
            count = -1;
        }
        if (count < 0) {
            throw new RequestException(ErrorCode.COUNT_NOT_POSITIVE);
        }
        if (count > settings.get(AdministrationSettings.UUIDS_MAX_COUNT)) {
            throw new RequestException(ErrorCode.COUNT_TOO_LARGE);
        }
        return (int) count;
    }
}
