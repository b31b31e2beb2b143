package archipel.connections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import archipel.connections.ClientHello.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
    private static final String NAME = "peer.archipel.invalid";

    /** What Java sends first. */
    private static ByteBuffer hello(String name) throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return out.flip();
    }

    @Test
    void kind_helloForTheName_isNamed() throws GeneralSecurityException, IOException {
        assertEquals(Kind.NAMED, ClientHello.kind(hello(NAME), NAME));
        assertEquals(Kind.OTHER, ClientHello.kind(hello("db.example.org"), NAME));
    }

    @Test
    void kind_beginningOfAHello_isIncomplete() throws GeneralSecurityException, IOException {
        ByteBuffer whole = hello(NAME);
        for (int length = 0; length < whole.limit(); length++) {
            assertEquals(Kind.INCOMPLETE, ClientHello.kind(whole.slice(0, length), NAME), "after " + length);
        }
    }

    @Test
    void kind_anythingElse_isOther() {
        for (String text : List.of("GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "\0")) {
            assertEquals(Kind.OTHER, ClientHello.kind(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), NAME));
        }
        assertEquals(Kind.OTHER, ClientHello.kind(ByteBuffer.wrap(new byte[] {0x16, 3, 1, 0x40, 0}), NAME));
    }

    /** Whatever a stranger sends is read without running over its end, and never kept for later. */
    @Test
    void kind_damagedHello_isTold() throws GeneralSecurityException, IOException {
        SplittableRandom random = new SplittableRandom(3);
        ByteBuffer hello = hello(NAME);
        byte[] whole = new byte[hello.limit()];
        hello.get(whole);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = whole.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                // Not of the record's length, with which it would be incomplete.
                damaged[5 + random.nextInt(damaged.length - 5)] = (byte) random.nextInt();
            }
            assertNotEquals(Kind.INCOMPLETE, ClientHello.kind(ByteBuffer.wrap(damaged), NAME));
        }
    }
}
