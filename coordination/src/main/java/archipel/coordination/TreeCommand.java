package archipel.coordination;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.data.Id;

/** What the log has of the tree: requests of clients, and where their sessions are. */
sealed interface TreeCommand {
    int SUBMIT = 1;
    int MOVE = 2;
    int EXPIRE = 3;
    int BEAT = 4;

    /**
     * A request that changes the tree, or has its place between those that do.
     *
     * @param server that the client is connected to
     * @param number of the request among those that this run of the server has submitted: by which it knows its own
     * @param type an operation code of the protocol
     * @param body as the client has sent it
     * @param identities as whom the client has shown itself
     * @param exceeded paths at which it would exceed a quota, as the server has found
     */
    record Submit(
            String server,
            long number,
            long session,
            int cxid,
            int type,
            byte[] body,
            List<Id> identities,
            List<String> exceeded)
            implements TreeCommand {}

    /** A session's client has connected to another server, or to the same one again. */
    record Move(String server, long session) implements TreeCommand {}

    /**
     * A session's time is over.
     *
     * @param server that had it as this was found; it stays where it has moved to another one since
     * @param beat the newest of that server's then, 0 where there was none, where it has not been heard of for as long;
     *     {@link #OWN} where the server has found it itself
     */
    record Expire(long session, String server, long beat) implements TreeCommand {
        static final long OWN = -1;
    }

    /** A server lives, and touches the sessions that it has. */
    record Beat(String server) implements TreeCommand {}

    static byte[] encode(TreeCommand command) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
            DataOutputStream out = new DataOutputStream(bytes);
            switch (command) {
                case Submit submit -> write(submit, out);
                case Move move -> {
                    out.writeByte(MOVE);
                    out.writeUTF(move.server());
                    out.writeLong(move.session());
                }
                case Expire expire -> {
                    out.writeByte(EXPIRE);
                    out.writeLong(expire.session());
                    out.writeUTF(expire.server());
                    out.writeLong(expire.beat());
                }
                case Beat beat -> {
                    out.writeByte(BEAT);
                    out.writeUTF(beat.server());
                }
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new IllegalArgumentException("a command cannot be written", e);
        }
    }

    private static void write(Submit submit, DataOutputStream out) throws IOException {
        out.writeByte(SUBMIT);
        out.writeUTF(submit.server());
        out.writeLong(submit.number());
        out.writeLong(submit.session());
        out.writeInt(submit.cxid());
        out.writeInt(submit.type());
        block(out, submit.body());
        out.writeInt(submit.identities().size());
        for (Id id : submit.identities()) {
            text(out, id.getScheme());
            text(out, id.getId());
        }
        out.writeInt(submit.exceeded().size());
        for (String path : submit.exceeded()) {
            text(out, path);
        }
    }

    // Longer than writeUTF takes.
    private static void text(DataOutputStream out, String text) throws IOException {
        block(out, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static void block(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** @throws IllegalArgumentException for bytes that are no command */
    static TreeCommand decode(byte[] bytes) {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case SUBMIT ->
                    new Submit(
                            in.readUTF(),
                            in.readLong(),
                            in.readLong(),
                            in.readInt(),
                            in.readInt(),
                            block(in),
                            identities(in),
                            texts(in));
                case MOVE -> new Move(in.readUTF(), in.readLong());
                case EXPIRE -> new Expire(in.readLong(), in.readUTF(), in.readLong());
                case BEAT -> new Beat(in.readUTF());
                default -> throw new IllegalArgumentException("no command of the tree: " + kind);
            };
        } catch (IOException e) {
            throw new IllegalArgumentException("a command ends early", e);
        }
    }

    private static byte[] block(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IllegalArgumentException("a block of " + length + " bytes");
        }
        return in.readNBytes(length);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(block(in), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static List<Id> identities(DataInputStream in) throws IOException {
        List<Id> identities = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            identities.add(new Id(text(in), text(in)));
        }
        return identities;
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            texts.add(text(in));
        }
        return texts;
    }
}
