package archipel.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.identity.NodeTls;
import archipel.transport.FrameReader.Received;
import archipel.transport.Proof.Role;
import archipel.transport.Proof.Subject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;

/**
 * What two members say to each other before anything else, on a TLS connection whose handshake is over.
 *
 * <pre>
 * caller                                                        answerer
 *   HELLO version, lane, ensemble, caller, answerer, nonce  ──▶
 *                                                           ◀──  CHALLENGE nonce
 *   PROOF HMAC as the caller                                ──▶
 *                                                           ◀──  ACCEPT HMAC as the answerer
 * </pre>
 *
 * The answerer says nothing that is worth knowing, not even its name, until the caller's proof is right. It may REFUSE
 * with a reason instead: who has proved to know the secret is told what is wrong with it all the same.
 */
final class Introduction {
    /** What a refusal by the other side begins with. */
    static final String REFUSED = "refused by the other side: ";

    /** What one ends with that is for a member with another key, or for none. */
    static final String NOT_ADMITTED = " is not admitted here";

    private static final byte VERSION = 1;
    private static final String CHANNEL = "EXPORTER-archipel-transport";
    private static final int CHANNEL_BYTES = 32;
    private static final int LONGEST_REASON = 200;

    private final TransportContext context;
    private final FrameReader reader;
    private final OutputStream out;
    private final String fingerprint;
    private final byte[] channel;

    /** @throws IOException where the other side has shown no certificate of a node */
    Introduction(TransportContext context, SSLSocket socket, FrameReader reader) throws IOException {
        this.context = context;
        this.reader = reader;
        this.out = socket.getOutputStream();
        ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
        this.fingerprint = fingerprint(session.getPeerCertificates());
        this.channel = session.exportKeyingMaterialData(CHANNEL, new byte[0], CHANNEL_BYTES);
    }

    private static String fingerprint(Certificate[] shown) throws WireException {
        X509Certificate[] chain =
                Arrays.stream(shown).filter(X509Certificate.class::isInstance).toArray(X509Certificate[]::new);
        String fingerprint = NodeTls.fingerprint(chain);
        if (fingerprint == null) {
            throw new WireException("the certificate is not one of a node");
        }
        return fingerprint;
    }

    /** Of the other side's key. */
    String fingerprint() {
        return fingerprint;
    }

    /**
     * As the side that has connected.
     *
     * @throws RefusedException where the other side does not let this one in, or cannot prove who it is
     */
    void call(String answerer, Lane lane) throws IOException {
        TransportOptions own = context.options();
        if (!own.admission().mayHave(answerer, fingerprint)) {
            // It would get what guesses at the secret can be tried on.
            throw notAdmitted(answerer);
        }
        byte[] nonce = context.nonce();
        send(FrameKind.HELLO, new Hello(lane, own.ensemble(), own.member(), answerer, nonce).encoded());
        byte[] challenge = expect(FrameKind.CHALLENGE);
        Subject subject = new Subject(
                lane,
                own.ensemble(),
                own.member(),
                answerer,
                context.identity().fingerprint(),
                fingerprint,
                nonce,
                challenge,
                channel);
        send(FrameKind.PROOF, context.proof().of(Role.CALLER, subject));
        if (!context.proof().isRight(Role.ANSWERER, subject, expect(FrameKind.ACCEPT))) {
            throw new RefusedException("what answers there does not know the ensemble's secret", true);
        }
        if (!own.admission().admits(answerer, fingerprint)) {
            throw notAdmitted(answerer);
        }
    }

    private RefusedException notAdmitted(String member) {
        return new RefusedException("member " + member + " with the key " + fingerprint + NOT_ADMITTED, false);
    }

    private byte[] expect(FrameKind kind) throws IOException {
        Received received = reader.next();
        if (received.kind() == FrameKind.REFUSE) {
            // It may come from anybody.
            throw new RefusedException(REFUSED + printable(new String(bytes(received), UTF_8)), false);
        }
        return bytes(received, kind);
    }

    /**
     * As the side that was connected to.
     *
     * @throws RefusedException where the other side was refused
     */
    Hello answer() throws IOException {
        Hello hello = Hello.decoded(bytes(reader.next(), FrameKind.HELLO));
        byte[] nonce = context.nonce();
        send(FrameKind.CHALLENGE, nonce);
        byte[] shown = bytes(reader.next(), FrameKind.PROOF);
        Subject subject = new Subject(
                hello.lane,
                hello.ensemble,
                hello.caller,
                hello.answerer,
                fingerprint,
                context.identity().fingerprint(),
                hello.nonce,
                nonce,
                channel);
        if (!context.proof().isRight(Role.CALLER, subject, shown)) {
            throw refuse("the proof of the ensemble's secret is wrong", true);
        }
        refuseOthers(hello);
        send(FrameKind.ACCEPT, context.proof().of(Role.ANSWERER, subject));
        return hello;
    }

    /** Those who know the secret and still have nothing to say here. */
    private void refuseOthers(Hello hello) throws IOException {
        TransportOptions own = context.options();
        if (!hello.ensemble.equals(own.ensemble())) {
            throw refuse("this is a member of ensemble " + own.ensemble() + ", not of " + hello.ensemble, false);
        }
        if (!hello.answerer.equals(own.member())) {
            throw refuse("this is member " + own.member() + ", not " + hello.answerer, false);
        }
        if (hello.caller.equals(own.member())) {
            throw refuse("this is member " + own.member() + " as well", false);
        }
        if (!context.isMember(hello.caller, fingerprint)) {
            throw refuse("member " + hello.caller + " with the key " + fingerprint + NOT_ADMITTED, false);
        }
    }

    private RefusedException refuse(String reason, boolean wrongProof) throws IOException {
        send(FrameKind.REFUSE, reason.getBytes(UTF_8));
        return new RefusedException(reason, wrongProof);
    }

    private void send(FrameKind kind, byte[] payload) throws IOException {
        Frame frame = new Frame(kind, (byte) 0, 0, ByteBuffer.wrap(payload));
        ByteBuffer bytes = ByteBuffer.allocate(frame.bytes());
        frame.putHead(bytes);
        bytes.put(payload);
        out.write(bytes.array());
    }

    private static byte[] bytes(Received received, FrameKind wanted) throws WireException {
        if (received.kind() != wanted) {
            throw new WireException("a frame " + received.kind() + " instead of " + wanted);
        }
        return bytes(received);
    }

    private static byte[] bytes(Received received) {
        byte[] bytes = new byte[received.payload().remaining()];
        received.payload().get(bytes);
        return bytes;
    }

    /** Text of a stranger as it may stand in a log. */
    static String printable(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]", "?");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
    }

    /** What the caller begins with. */
    record Hello(Lane lane, String ensemble, String caller, String answerer, byte[] nonce) {
        private byte[] encoded() {
            ByteBuffer out = ByteBuffer.allocate(Bounds.UNPROVED_FRAME_BYTES);
            out.put(VERSION).put(lane.code());
            for (String name : new String[] {ensemble, caller, answerer}) {
                byte[] bytes = name.getBytes(UTF_8);
                out.put((byte) bytes.length).put(bytes);
            }
            out.put(nonce);
            return Arrays.copyOf(out.array(), out.position());
        }

        private static Hello decoded(byte[] bytes) throws WireException {
            try {
                ByteBuffer in = ByteBuffer.wrap(bytes);
                byte version = in.get();
                if (version != VERSION) {
                    throw new WireException("version " + version + " of the protocol instead of " + VERSION);
                }
                Lane lane = Lane.of(in.get());
                Hello hello = new Hello(lane, name(in), name(in), name(in), new byte[Proof.NONCE_BYTES]);
                in.get(hello.nonce);
                if (in.hasRemaining()) {
                    throw new WireException("a hello that is too long");
                }
                return hello;
            } catch (BufferUnderflowException e) {
                throw new WireException("a hello that is too short");
            }
        }

        private static String name(ByteBuffer in) throws WireException {
            byte[] bytes = new byte[in.get() & 0xFF];
            in.get(bytes);
            String name = new String(bytes, UTF_8);
            if (!MemberName.isOne(name)) {
                throw new WireException("a hello with what is no name");
            }
            return name;
        }
    }
}
