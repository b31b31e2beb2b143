package archipel.http;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes on what is read from one state of a database, for as long as that may be held. */
final class ReadOutput extends FilterOutputStream {
    private final Exchange exchange;

    ReadOutput(OutputStream out, Exchange exchange) {
        super(out);
        this.exchange = exchange;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        exchange.continueReading();
        out.write(bytes, offset, length);
    }
}
