package archipel.connections;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The first message of a TLS connection (RFC 8446, 4.1.2), of which only the name of the server is read that the client
 * asks for (RFC 6066, 3). It comes in one record of at most 16 KiB; one that is spread over several is taken for that
 * of somebody else.
 */
final class ClientHello {
    /** So many bytes of it are looked at; what Java sends to a node is a quarter of that. */
    static final int MOST_BYTES = 2 << 10;

    private static final int HANDSHAKE_RECORD = 0x16;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEAD = 5;
    private static final int MESSAGE_HEAD = 4;
    private static final int VERSION_AND_RANDOM = 34;
    private static final int NAME_EXTENSION = 0;
    private static final int NAME_LIST_HEAD = 5;

    private ClientHello() {}

    /** What the first bytes of a connection are. */
    enum Kind {
        /** A client that asks for that name. */
        NAMED,
        /** Something else. */
        OTHER,
        /** More bytes are needed to tell. */
        INCOMPLETE
    }

    /** @param first what has come so far, which stays as it is */
    static Kind kind(ByteBuffer first, String name) {
        ByteBuffer bytes = first.slice();
        if (!bytes.hasRemaining()) {
            return Kind.INCOMPLETE;
        }
        if (bytes.get(0) != HANDSHAKE_RECORD) {
            return Kind.OTHER;
        }
        if (bytes.remaining() < RECORD_HEAD) {
            return Kind.INCOMPLETE;
        }
        int length = unsigned16(bytes, RECORD_HEAD - 2);
        if (RECORD_HEAD + length > MOST_BYTES) {
            return Kind.OTHER;
        }
        if (bytes.remaining() < RECORD_HEAD + length) {
            return Kind.INCOMPLETE;
        }
        ByteBuffer message = bytes.slice(RECORD_HEAD, length);
        boolean names = length > MESSAGE_HEAD
                && message.get(0) == CLIENT_HELLO
                && name.equals(serverName(message.position(MESSAGE_HEAD).slice()));
        return names ? Kind.NAMED : Kind.OTHER;
    }

    /** Empty where it asks for none, or is malformed. */
    private static String serverName(ByteBuffer hello) {
        if (!skip(hello, VERSION_AND_RANDOM)
                || !hello.hasRemaining()
                || !skip(hello, hello.get() & 0xFF)
                || hello.remaining() < 2
                || !skip(hello, hello.getShort() & 0xFFFF)
                || !hello.hasRemaining()
                || !skip(hello, hello.get() & 0xFF)
                || !skip(hello, 2)) {
            return "";
        }
        while (hello.remaining() >= 4) {
            int type = hello.getShort() & 0xFFFF;
            int length = hello.getShort() & 0xFFFF;
            if (length > hello.remaining()) {
                return "";
            }
            if (type == NAME_EXTENSION && length > NAME_LIST_HEAD) {
                byte[] text = new byte[length - NAME_LIST_HEAD];
                hello.get(hello.position() + NAME_LIST_HEAD, text);
                return new String(text, StandardCharsets.US_ASCII);
            }
            hello.position(hello.position() + length);
        }
        return "";
    }

    private static boolean skip(ByteBuffer bytes, int count) {
        if (bytes.remaining() < count) {
            return false;
        }
        bytes.position(bytes.position() + count);
        return true;
    }

    private static int unsigned16(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xFFFF;
    }
}
