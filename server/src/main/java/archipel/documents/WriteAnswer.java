package archipel.documents;

import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.ETags;
import archipel.http.Request;
import archipel.mime.PercentCoding;
import java.io.IOException;

/** Says what became of an edit, as the endpoints of single documents do. */
final class WriteAnswer {
    private WriteAnswer() {}

    /** {@code {"ok":true,"id":…,"rev":…}}. */
    static void send(Answer answer, int code, String id, Revision revision) throws IOException {
        JsonBuffer json = new JsonBuffer(128)
                .ascii("{\"ok\":true,\"id\":")
                .string(id)
                .ascii(",\"rev\":")
                .string(revision.toString())
                .ascii('}');
        answer.json(code, json);
    }

    /** {@code {"ok":true,"id":…}}, to {@code batch=ok}. */
    static void sendBatch(Answer answer, String id) throws IOException {
        answer.json(
                202,
                new JsonBuffer(128).ascii("{\"ok\":true,\"id\":").string(id).ascii('}'));
    }

    /** Sets {@code Location} to the document's own URL. */
    static void locate(Request request, Answer answer, String id) {
        answer.set(
                "Location",
                request.origin() + "/" + PercentCoding.encode(request.path().segment(0)) + "/"
                        + PercentCoding.encode(id));
    }

    static void tag(Answer answer, Revision revision) {
        answer.etag(ETags.of(revision));
    }
}
