package archipel.rawhttp;

import java.io.IOException;

/** The server answered something that the load does not expect: the run is worth nothing and stops. */
public final class UnexpectedAnswerException extends IOException {
    private static final int SHOWN_CHARACTERS = 300;

    public UnexpectedAnswerException(String request, String problem, String body) {
        super(request + ": " + problem + ": " + shorten(body));
    }

    private static String shorten(String body) {
        String line = body.strip();
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "…";
    }
}
