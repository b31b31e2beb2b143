package archipel.load;

import archipel.rawhttp.BodyCollector;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.UnexpectedAnswerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Small answers, kept whole and checked: the status always, the text where the caller asks. For one thread. */
final class Answer {
    private final String request;
    private final BodyCollector body = new BodyCollector();

    /** @param request what to call it in an error */
    Answer(String request) {
        this.request = request;
    }

    /** @throws UnexpectedAnswerException when the status is none of these */
    void exchange(HttpConnection connection, ByteBuffer bytes, int... expected) throws IOException {
        body.reset();
        int status = connection.exchange(bytes, body);
        for (int one : expected) {
            if (status == one) {
                return;
            }
        }
        String wanted = Arrays.stream(expected).mapToObj(Integer::toString).collect(Collectors.joining(" or "));
        throw new UnexpectedAnswerException(request, status + " instead of " + wanted, body.text());
    }

    /** @throws UnexpectedAnswerException when the text does not stand in the answer */
    void contains(String text) throws IOException {
        if (!text().contains(text)) {
            throw new UnexpectedAnswerException(request, "no " + text + " in the answer", text());
        }
    }

    String text() {
        return body.text();
    }

    /** The bytes of a revision in the answer to a write, without making text of it all. */
    byte[] revision() throws IOException {
        byte[] bytes = body.toByteArray();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("\"rev\":\"") + 7;
        if (start < 7) {
            throw new UnexpectedAnswerException(request, "no revision", text);
        }
        return text.substring(start, text.indexOf('"', start)).getBytes(StandardCharsets.ISO_8859_1);
    }
}
