package archipel.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.replication.ReplicationSettings;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JobRulesTest {
    private static final UserContext ANN = new UserContext("ann", List.of("crew"), "default");
    private static final UserContext ADMIN = new UserContext("root", List.of("_admin"), "default");
    private static final String REMOTE = "'source':'http://a/s','target':'http://b/t'";
    private static final String LOCAL = "'source':'s','target':'http://b/t'";

    private final JobRules rules = new JobRules(Settings.defaults(SettingCatalog.of(ReplicationSettings.GROUP)));
    private final JobRights rights = new JobRights(name -> switch (name) {
        case "ann" -> List.of("crew", "cooks");
        case "root" -> List.of("_admin");
        default -> null;
    });

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }

    private String written(UserContext user, boolean admin, String text) {
        ParsedDocument document = new ParsedDocument("j", null, false, null, List.of(), json(text));
        return new String(rules.beforeWrite(user, admin, document).json(), UTF_8).replace('"', '\'');
    }

    private void assertRefused(ErrorCode code, UserContext user, boolean admin, String text) {
        assertEquals(
                code,
                assertThrows(RequestException.class, () -> written(user, admin, text))
                        .code());
    }

    @Test
    void beforeWrite_withoutOwner_getsTheUser() {
        assertEquals("{" + REMOTE + ",'owner':'ann'}", written(ANN, false, "{" + REMOTE + "}"));
        assertEquals("{'owner':'root'," + REMOTE + "}", written(ADMIN, true, "{'owner':null," + REMOTE + "}"));
        assertEquals("{" + REMOTE + ",'owner':null}", written(UserContext.ANONYMOUS, false, "{" + REMOTE + "}"));
        assertEquals("{" + REMOTE + "}", written(UserContext.NODE, true, "{" + REMOTE + "}"));
    }

    @Test
    void beforeWrite_ofSomebodyElse_isForAdmins() {
        String bobs = "{'owner':'bob'," + REMOTE + "}";
        assertRefused(ErrorCode.REPLICATION_NOT_OWNER, ANN, false, bobs);
        assertRefused(ErrorCode.REPLICATION_NOT_OWNER, ANN, false, "{'owner':null," + REMOTE + "}");
        assertRefused(ErrorCode.REPLICATION_NOT_OWNER, ANN, false, "{'owner':5," + REMOTE + "}");
        assertEquals(bobs, written(ANN, true, bobs));
        assertEquals(bobs, written(ADMIN, true, bobs));
    }

    /** Such a document acts with the owner's rights. */
    @Test
    void beforeWrite_ofSomebodyElseWithADatabaseOfTheNode_isForServerAdmins() {
        assertRefused(ErrorCode.REPLICATION_OWNER, ANN, true, "{'owner':'root'," + LOCAL + "}");
        String bobs = "{'owner':'bob'," + LOCAL + "}";
        assertEquals(bobs, written(ADMIN, true, bobs));
        assertRefused(ErrorCode.REPLICATION_USER, ANN, true, "{" + LOCAL + ",'user_ctx':{'name':'bob','roles':[]}}");
        assertRefused(
                ErrorCode.REPLICATION_USER, ANN, true, "{" + LOCAL + ",'user_ctx':{'name':'ann','roles':['_admin']}}");
        String own = "{" + LOCAL + ",'user_ctx':{'name':'ann','roles':['crew']},'owner':'ann'}";
        assertEquals(own, written(ANN, false, own));
    }

    @Test
    void beforeWrite_malformed_isForbiddenWithTheReason() {
        RequestException refusal = assertThrows(
                RequestException.class, () -> written(ANN, false, "{'source':'s','target':'t','continuous':1}"));
        assertEquals(403, refusal.status());
        assertEquals("parameter `continuous` must be a boolean", refusal.reason());
        assertEquals(
                "{'_replication_state':'failed','owner':'ann'}",
                written(ANN, false, "{'_replication_state':'failed'}"));
    }

    private String shown(UserContext user, String text) {
        DocumentBody body = new DocumentBody(json(text), List.of());
        return new String(rules.beforeShow(user, body).json(), UTF_8).replace('"', '\'');
    }

    @Test
    void beforeShow_ofSomebodyElse_hasNoCredentials() {
        DocumentBody own = new DocumentBody(json("{'owner':'ann','source':'http://u:p@h/s'}"), List.of());
        assertSame(own, rules.beforeShow(ANN, own));
        for (Map.Entry<String, String> each : Map.of(
                        "'http://u:p@h/s'", "'http://h/s'",
                        "'https://u:p@q@h:6984/s?x=@'", "'https://h:6984/s?x=@'",
                        "'http://u:p/w@h/s'", "'http://h/s'",
                        "'http://token@h'", "'http://h'",
                        "'u:p@h'", "'h'",
                        "'local'", "'local'",
                        "5", "5",
                        "{'url':'http://u:p@h/s','headers':{'A':'b'},'auth':{},'x':1}", "{'url':'http://h/s','x':1}")
                .entrySet()) {
            assertEquals(
                    "{'n':1,'source':" + each.getValue() + ",'owner':'bob'}",
                    shown(ANN, "{'n':1,'source':" + each.getKey() + ",'owner':'bob'}"));
        }
        assertEquals("{'proxy':'http://h'}", shown(UserContext.ANONYMOUS, "{'proxy':'http://u:p@h'}"));
    }

    private UserContext runsFor(String text) throws ReplicationException {
        JsonNode document = JsonTree.ofValid(json(text));
        UserContext user = rights.user(document);
        assertEquals(JobRights.name(document), user.name());
        return new UserContext(user.name(), user.roles(), user.authenticatedBy());
    }

    @Test
    void user_ofADocument_hasTheRightsOfTheOwnerNow() throws ReplicationException {
        assertEquals(new UserContext("ann", List.of("crew", "cooks"), ""), runsFor("{'owner':'ann'}"));
        assertEquals(new UserContext("gone", List.of(), ""), runsFor("{'owner':'gone'}"));
        assertEquals(UserContext.ANONYMOUS, runsFor("{'owner':null}"));
        assertEquals(UserContext.ANONYMOUS, runsFor("{}"));
        assertEquals(
                new UserContext("ann", List.of("cooks"), ""),
                runsFor("{'owner':'ann','user_ctx':{'name':'ann','roles':['cooks','_admin','other']}}"));
        assertEquals(UserContext.ANONYMOUS, runsFor("{'owner':'ann','user_ctx':{'roles':['crew']}}"));
        assertEquals(
                new UserContext("bob", List.of("any"), ""),
                runsFor("{'owner':'root','user_ctx':{'name':'bob','roles':['any']}}"));
        assertThrows(
                ReplicationException.class,
                () -> runsFor("{'owner':'ann','user_ctx':{'name':'root','roles':['_admin']}}"));
    }
}
