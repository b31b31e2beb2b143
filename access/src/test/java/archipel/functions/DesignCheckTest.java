package archipel.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.RequestException;
import archipel.view.DesignDocument;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DesignCheckTest {
    private final List<String> compiled = new ArrayList<>();
    private final Functions functions = new Functions(new FunctionEngine() {
        @Override
        public void check(String database, String kind, String name, String source) {
            compiled.add(kind + " " + name + " " + source);
        }

        @Override
        public DesignFunctions design(DesignDocument design) {
            throw new AssertionError("nothing is called when a design document is saved");
        }
    });

    @Test
    void check_allThatADesignDocumentMayHold_passes() {
        check("""
            {'language':'javascript','filters':{'a':'f','b':{'c':'d'}},'lists':{'l':'f'},'shows':{'s':'f'},
            'updates':{'u':'f'},'options':{'local_seq':true,'include_design':false,'partitioned':false},
            'rewrites':[{'from':'a'}],'validate_doc_update':'f','lib':7,
            'views':{'lib':{'a':'x'},'v':{'map':'m','reduce':'r'},'w':{'map':'n','reduce':'_sum'}}}\
            """);
        assertEquals(List.of("map v m", "reduce v r", "map w n"), compiled);
    }

    @Test
    void check_wrongTypes_areNamedInOrder() {
        assertEquals("`filters` field must have object type", refusal("{'filters':'x','language':1}"));
        assertEquals("`filters.a` field must have object or string type", refusal("{'filters':{'a':1}}"));
        assertEquals("`language` field must have string type", refusal("{'language':null,'lists':[]}"));
        assertEquals("`lists` field must have object type", refusal("{'lists':[]}"));
        assertEquals("`options` field must have object type", refusal("{'options':1}"));
        assertEquals(
                "`options.local_seq` field must have boolean type", refusal("{'options':{'local_seq':1},'views':1}"));
        assertEquals("`rewrites` field must have string or array type", refusal("{'rewrites':{}}"));
        assertEquals("`shows.s` field must have object or string type", refusal("{'shows':{'s':[]}}"));
        assertEquals("`updates` field must have object type", refusal("{'updates':null}"));
        assertEquals("`validate_doc_update` field must have string type", refusal("{'validate_doc_update':{}}"));
        assertEquals("`views` field must have object type", refusal("{'views':'x'}"));
        assertEquals("`views.lib` field must have object type", refusal("{'views':{'lib':'x'}}"));
        assertEquals("`views.1` field must have object type", refusal("{'views':{'1':null}}"));
        assertEquals("`views.v.map` field must have string type", refusal("{'views':{'v':{'map':1}}}"));
        assertEquals(
                "`views.v.reduce` field must have string type", refusal("{'views':{'v':{'map':'m','reduce':null}}}"));
        assertEquals(List.of(), compiled);
    }

    @Test
    void check_viewWithoutMap_isRefused() {
        assertEquals("View `v` must contain map function", refusal("{'views':{'lib':{},'v':{'reduce':'_count'}}}"));
    }

    @Test
    void check_partitionedOption_isRefused() {
        assertEquals(
                "partitioned option cannot be true in a non-partitioned database.",
                refusal("{'options':{'partitioned':true}}"));
    }

    @Test
    void check_builtInReducers_areKnownByTheirBeginning() {
        for (String known :
                List.of("_sum", "_count", "_stats\\n junk", "_approx_count_distinct", "_first", "_top_100")) {
            check("{'views':{'v':{'map':'m','reduce':'" + known + "'}}}");
        }
        assertEquals("`_product` is not a supported reduce function.", reducer("_product"));
        assertEquals("rank value must be between 1 and 100", reducer("_top_0"));
        assertEquals("rank value must be between 1 and 100", reducer("_bottom_101"));
        assertEquals("invalid rank reducer", reducer("_top_x"));
    }

    @Test
    void check_otherLanguages_areNotCompiled() {
        check("{'language':'erlang','views':{'v':{'map':'m','reduce':'_product'}}}");
        check("{'language':'query','views':{'v':{'map':{'fields':{}},'reduce':'_count'}}}");
        assertEquals(
                "`views.v.map` field must have object type", refusal("{'language':'query','views':{'v':{'map':'m'}}}"));
        assertEquals(List.of(), compiled);
    }

    @Test
    void check_selectorAsValidation_isTakenInQueryDesignDocuments() {
        check("{'language':'query','validate_doc_update':{'newDoc':{'type':{'$in':['a','b']}}}}");
        assertEquals(
                "Invalid operator: $zork",
                refusal("{'language':'query','validate_doc_update':{'newDoc':{'type':{'$zork':1}}}}"));
    }

    private String reducer(String name) {
        return refusal("{'views':{'v':{'map':'m','reduce':'" + name + "'}}}");
    }

    private String refusal(String json) {
        RequestException refused = assertThrows(RequestException.class, () -> check(json));
        assertEquals(400, refused.status());
        return refused.reason();
    }

    private void check(String json) {
        functions.check("db", json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
