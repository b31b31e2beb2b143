package archipel.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes on what is read from one state of a database, for as long as that may be held. */
final class ReadOutput extends FilterOutputStream {
    private final Answer answer;

    ReadOutput(OutputStream out, Answer answer) {
        super(out);
        this.answer = answer;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        answer.continueReading();
        out.write(bytes, offset, length);
    }
}
