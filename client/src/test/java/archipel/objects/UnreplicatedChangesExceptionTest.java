package archipel.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnreplicatedChangesExceptionTest {
    @Test
    void changes_exceptionFromAnotherProcess_areThere() throws Exception {
        List<UnreplicatedChange> changes =
                List.of(new UnreplicatedChange(ObjectAddress.parse("plans/spring"), List.of("call")));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new UnreplicatedChangesException(changes));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            UnreplicatedChangesException read = (UnreplicatedChangesException) in.readObject();
            assertEquals(changes, read.changes());
            assertEquals("unreplicated", read.error());
            assertEquals(0, read.status());
        }
    }
}
