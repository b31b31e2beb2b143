package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecurityObjectTest {
    private static final UserContext ADA = new UserContext("ada", List.of("dev", "ops"), "default");

    @Test
    void isMember_nobodyNamed_letsEverybodyIn() {
        SecurityObject security = parse("{}");
        assertTrue(security.isMember(UserContext.ANONYMOUS));
        assertFalse(security.isAdmin(UserContext.ANONYMOUS));
        assertFalse(security.isAdmin(ADA));
    }

    @Test
    void isMember_byNameOrRole_letsOnlyThemIn() {
        assertTrue(parse("{\"members\":{\"names\":[\"ada\"]}}").isMember(ADA));
        assertTrue(parse("{\"members\":{\"roles\":[\"ops\"]}}").isMember(ADA));
        assertFalse(parse("{\"members\":{\"names\":[\"bob\"],\"roles\":[\"boss\"]}}")
                .isMember(ADA));
        assertFalse(parse("{\"members\":{\"names\":[\"ada\"]}}").isMember(UserContext.ANONYMOUS));
    }

    @Test
    void isMember_databaseAdmin_isOneToo() {
        SecurityObject security =
                parse("{\"admins\":{\"names\":[\"ada\"],\"roles\":[]},\"members\":{\"names\":[\"bob\"],\"roles\":[]}}");
        assertTrue(security.isAdmin(ADA));
        assertTrue(security.isMember(ADA));
    }

    @Test
    void isMember_adminOnly_refusesAllButServerAdmins() {
        assertFalse(SecurityObject.ADMIN_ONLY.isMember(ADA));
        assertFalse(SecurityObject.ADMIN_ONLY.isMember(UserContext.ANONYMOUS));
        assertTrue(SecurityObject.ADMIN_ONLY.isMember(UserContext.NODE));
    }

    @Test
    void parse_readersOfOldDatabases_countUnlessThereAreMembers() {
        assertFalse(parse("{\"readers\":{\"names\":[\"bob\"]}}").isMember(ADA));
        assertTrue(parse("{\"members\":{\"names\":[\"ada\"]},\"readers\":{\"names\":[\"bob\"]}}")
                .isMember(ADA));
    }

    @Test
    void parse_otherMembersAndShapes_arePassedOver() {
        SecurityObject security =
                parse("{\"cloudant\":{\"x\":[1]},\"admins\":3,\"members\":{\"names\":[\"a\",7],\"x\":{}}}");
        assertEquals(List.of("a"), security.members().names());
        assertEquals(List.of(), security.admins().names());
    }

    @Test
    void parse_notJson_letsOnlyServerAdminsIn() {
        assertFalse(parse("{\"members\":").isMember(ADA));
        assertFalse(parse("[]").isMember(ADA));
    }

    private static SecurityObject parse(String json) {
        return SecurityObject.parse(json.getBytes(StandardCharsets.UTF_8));
    }
}
