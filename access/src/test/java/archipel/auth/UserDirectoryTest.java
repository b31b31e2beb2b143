package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import archipel.changes.SteadyClock;
import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserDirectoryTest {
    private static final int CHANGES = 500;
    private static final int READERS = 2;

    private Node node;
    private Database users;
    private UserDirectory directory;

    @BeforeEach
    void open(@TempDir Path data) {
        node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        users = node.create("_users");
        Settings settings = Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of(), Map.of());
        SteadyClock steady = SteadyClock.system();
        Passwords passwords = new Passwords(settings, new SecureRandom(), steady);
        directory = new UserDirectory(node, new Admins(settings, passwords, new SecureRandom()), settings);
    }

    @AfterEach
    void close() {
        node.close();
    }

    /** Whoever looks while the change is on its way must not leave what it replaced for those who look after it. */
    @Test
    void find_whileUsersChange_neverAnswersWhatWasReplaced() throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> readers = new ArrayList<>();
        Revision revision = write(null, 0);
        for (int i = 0; i < READERS; i++) {
            readers.add(Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    directory.find("ada");
                }
            }));
        }
        try {
            for (int i = 1; i <= CHANGES; i++) {
                revision = write(revision, i);
                UserRecord user = directory.find("ada");
                assertNotNull(user);
                assertEquals(List.of("role" + i), user.roles());
            }
        } finally {
            done.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
        }
        assertNull(directory.find("bob"));
    }

    private Revision write(@Nullable Revision replaced, int role) {
        byte[] json = ("{\"name\":\"ada\",\"type\":\"user\",\"roles\":[\"role" + role + "\"]}")
                .getBytes(StandardCharsets.UTF_8);
        DocumentEdit edit = new DocumentEdit.Update(
                UserDocument.ID_PREFIX + "ada",
                replaced,
                false,
                new DocumentBody(json, List.of()),
                CanonicalJson.digest(json, 0, json.length));
        EditResult result = users.write(List.of(edit), false).results().getFirst();
        return ((EditResult.Accepted) result).revision();
    }
}
