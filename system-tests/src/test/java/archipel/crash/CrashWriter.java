package archipel.crash;

import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.AttachmentUpload;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.storage.StorageException;
import archipel.testkit.JavaProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A process that writes from many threads until it is killed, and tells on its standard output what was acknowledged, a
 * line each, after the acknowledgement: {@code doc <id> <revision> <json>}, {@code file <id> <revision> <bytes>},
 * {@code local <id> <revision>}. Once nothing can be written any more it says {@code over}.
 */
final class CrashWriter {
    private static final int THREADS = 8;

    private final Database database;
    private final PrintStream told;
    private final SplittableRandom random;
    private final String round;

    private CrashWriter(Database database, PrintStream told, SplittableRandom random, String round) {
        this.database = database;
        this.told = told;
        this.random = random;
        this.round = round;
    }

    /** One in a process of its own; what it says is on its standard output. */
    static Process start(Path data, int round) throws IOException {
        return start(data, round, Map.of());
    }

    /** @param environment more than this process has */
    static Process start(Path data, int round, Map<String, String> environment) throws IOException {
        return JavaProcess.start(environment, CrashWriter.class, data, round);
    }

    /** @param arguments data directory, round */
    public static void main(String[] arguments) throws InterruptedException {
        // Each write must be one system call, so that a line is in the pipe whole or not at all.
        PrintStream told = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true);
        Node node = Node.open(Path.of(arguments[0]), NodeOptions.DEFAULT);
        Database database = node.find("crash") == null ? node.create("crash") : node.database("crash");
        if (Integer.parseInt(arguments[1]) % 4 == 0) {
            database.compact();
        }
        List<Thread> threads = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[1]));
        for (int i = 0; i < THREADS; i++) {
            CrashWriter writer = new CrashWriter(database, told, random.split(), arguments[1] + "-" + i);
            threads.add(Thread.ofVirtual().start(writer::run));
        }
        tell(told, "ready");
        for (Thread thread : threads) {
            thread.join();
        }
        tell(told, "over");
    }

    private static void tell(PrintStream told, String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (told) {
            told.write(bytes, 0, bytes.length);
            told.flush();
        }
    }

    private void run() {
        for (int i = 0; ; i++) {
            String id = "d-" + round + "-" + i;
            try {
                switch (random.nextInt(12)) {
                    case 0 -> file(id);
                    case 1, 2 -> bulk(id);
                    case 3 -> local();
                    default -> lifetime(id);
                }
            } catch (StorageException e) {
                // The disk failed; whether that was written is not known.
                return;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    // Made, changed a few times, deleted now and then.
    private void lifetime(String id) {
        Revision revision = null;
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            String json = json(id, random.nextInt(2_000));
            revision =
                    write(List.of(edit(id, revision, false, json, List.of()))).getFirst();
            tell(told, "doc " + id + " " + revision + " " + json);
        }
        if (random.nextInt(4) == 0) {
            Revision gone =
                    write(List.of(edit(id, revision, true, "{}", List.of()))).getFirst();
            tell(told, "doc " + id + " " + gone + " {}");
        }
    }

    private void bulk(String id) {
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            edits.add(edit(id + "-" + i, null, false, json(id, i), List.of()));
        }
        List<Revision> revisions = write(edits);
        for (int i = 0; i < edits.size(); i++) {
            tell(told, "doc " + edits.get(i).id() + " " + revisions.get(i) + " " + json(id, i));
        }
    }

    private void file(String id) throws IOException {
        byte[] content = new byte[random.nextInt(400_000)];
        new SplittableRandom(content.length).nextBytes(content);
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment = upload.receive(
                    "file", "application/octet-stream", null, new ByteArrayInputStream(content), Long.MAX_VALUE);
            Revision revision = write(List.of(edit(id, null, false, "{}", List.of(attachment))))
                    .getFirst();
            tell(told, "file " + id + " " + revision + " " + content.length);
        }
    }

    private void local() {
        String id = "_local/" + round;
        byte[] json = json(id, 10).getBytes(StandardCharsets.UTF_8);
        tell(told, "local " + id + " " + database.putLocal(id, json).revision());
    }

    private List<Revision> write(List<DocumentEdit> edits) {
        return database.write(edits, true).results().stream()
                .map(result -> ((EditResult.Accepted) result).revision())
                .toList();
    }

    private static String json(String id, int length) {
        return "{\"of\":\"" + id + "\",\"pad\":\"" + "x".repeat(length) + "\"}";
    }

    private static DocumentEdit edit(
            String id, @Nullable Revision parent, boolean deleted, String json, List<Attachment> attachments) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new DocumentEdit.Update(
                id,
                parent,
                deleted,
                new DocumentBody(bytes, attachments),
                CanonicalJson.digest(bytes, 0, bytes.length));
    }
}
