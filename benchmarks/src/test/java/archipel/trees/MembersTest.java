package archipel.trees;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MembersTest {
    private final Members members = new Members(List.of("a", "b", "c"), 1);

    @Test
    void byRole_leaderInTheMiddle_isFirst() {
        assertEquals("b", members.leading());
        assertEquals(List.of("a", "c"), members.following());
        assertEquals(List.of("b", "a", "c"), members.byRole());
    }
}
