package archipel.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.GroupCommand.Duty;
import archipel.command.GroupCommand.Once;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DutyDelegationTest {
    private static final long BYTES = 1000;

    /** Of all that a log asks a command, whatever is added to it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void wrapped_whatALogAsks_answersAsItsCommand(boolean answer) throws ReflectiveOperationException {
        Command<?> command = (Command<?>) Proxy.newProxyInstance(
                Command.class.getClassLoader(),
                new Class<?>[] {Command.class},
                (self, method, arguments) -> method.getReturnType() == boolean.class ? (Object) answer : BYTES);
        for (Command<?> wrapped : List.of(new Duty<>(1, command), new Once<>(1, 1, 1, 0, command))) {
            for (Method method : Command.class.getDeclaredMethods()) {
                if (method.getReturnType() == boolean.class) {
                    assertEquals(answer, method.invoke(wrapped), method.getName());
                }
            }
            assertTrue(wrapped.bytes() > BYTES);
        }
    }

    @Test
    void stamped_whatItWraps_isStamped() {
        DataCommand.CreateDatabase early = new DataCommand.CreateDatabase(1, "beef", 5, 1000, 1000);
        DataCommand.CreateDatabase late = new DataCommand.CreateDatabase(1, "beef", 9, 1000, 1000);
        assertEquals(
                new Once<>(1, 2, 3, 0, new Duty<>(1, late)), new Once<>(1, 2, 3, 0, new Duty<>(1, early)).stamped(9));
    }

    @Test
    void fenced_whatALogAsks_answersAsItsCommand() {
        List<DataCommand<?>> commands = List.of(
                new DataCommand.Rewind(1, 0, 0, new byte[32], 0),
                new DataCommand.CreateDatabase(1, "beef", 5, 1000, 1000),
                new DataCommand.WriteLocal(1, "a", null),
                new DataCommand.WriteDocuments(1, 5, List.of(), false, List.of(), 0));
        for (DataCommand<?> command : commands) {
            DataCommand.Fenced<?> fenced = new DataCommand.Fenced<>(List.of(new Fence("a", 1)), command);
            assertEquals(command.durable(), fenced.durable());
            assertEquals(command.readsBack(), fenced.readsBack());
            assertEquals(command.endsBatch(), fenced.endsBatch());
            assertEquals(command.relieves(), fenced.relieves());
            assertEquals(command.database(), fenced.database());
            assertTrue(fenced.bytes() > command.bytes());
            assertEquals(
                    new DataCommand.Fenced<>(fenced.fences(), (DataCommand<?>) command.stamped(9)), fenced.stamped(9));
        }
    }

    @Test
    void duty_rewind_endsItsBatch() {
        assertTrue(new Duty<>(1, new DataCommand.Rewind(1, 0, 0, new byte[32], 0)).endsBatch());
    }
}
