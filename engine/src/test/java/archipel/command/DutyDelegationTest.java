package archipel.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.GroupCommand.Duty;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DutyDelegationTest {
    private static final long BYTES = 1000;

    /** Of all that a log asks a command, whatever is added to it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void duty_whatALogAsks_answersAsItsCommand(boolean answer) throws ReflectiveOperationException {
        Command<?> command = (Command<?>) Proxy.newProxyInstance(
                Command.class.getClassLoader(),
                new Class<?>[] {Command.class},
                (self, method, arguments) -> method.getReturnType() == boolean.class ? (Object) answer : BYTES);
        Duty<?> duty = new Duty<>(1, command);
        for (Method method : Command.class.getDeclaredMethods()) {
            if (method.getReturnType() == boolean.class) {
                assertEquals(answer, method.invoke(duty), method.getName());
            }
        }
        assertTrue(duty.bytes() > BYTES);
    }

    @Test
    void duty_rewind_endsItsBatch() {
        assertTrue(new Duty<>(1, new DataCommand.Rewind(1, 0, 0, new byte[32], 0)).endsBatch());
    }
}
