package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "all": the whole document; "changes": it has to be frozen. */
final class DocumentUseTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "function(doc){ if (doc.type==='x') emit(doc.a, doc.b) }        ; [type, a, b]",
                "(doc) => { emit(doc._id, 1) }                                  ; [_id]",
                "doc => emit(doc._id, 1);                                       ; [_id]",
                "function(doc){ emit(doc._id, doc) }                            ; all",
                "function(doc){ for (var k in doc) emit(k, doc[k]) }            ; all",
                "function(doc){ if (doc && !doc.deleted && doc['x-y']) emit(null) } ; [deleted, x-y]",
                "function(doc){ if ('tags' in doc) doc.tags.forEach(function(t){emit(t, 1)}) } ; [tags]",
                "function(doc){ doc.tags.push(1); emit(doc.tags) }              ; [tags] changes",
                "function(doc){ doc.x = 1; emit(doc.x) }                        ; [x] changes",
                "function(doc){ doc.toString() }                                ; all",
                "function(doc){ var d = doc; emit(d.x) }                        ; all",
                "function(doc){ eval('doc.x') }                                 ; all changes",
                "function(doc){ var m = /a\"b\\/[/]'/.exec(doc.s); emit(m) }    ; [s]",
                "function(doc){ var x = doc.a / 2; var y = doc.b / 3; emit(x/y) } ; [a, b]",
                "function(doc){ emit(`a${doc.x}b${`${doc.y}`}`) }               ; [x, y]",
                "function(doc){ emit({doc: doc.q}, a.doc) }                     ; [q]",
                "function(doc){ emit({doc}) }                                   ; all",
                "function({a,b}){ emit(a,b) }                                   ; all",
                "function(){ emit(1,1) }                                        ; []",
                "function(doc){ emit(arguments[0]) }                            ; all changes",
                "function(doc){ i++; var a=[]; a[0]=1; emit(doc.i)}             ; [i] changes",
                "function(doc){ var n=0; for(var i=0;i<3;i++) n+=doc.v; emit(n)} ; [v]",
                "function(doc){ if(doc.a) /x/.test(doc.b) }                     ; [a, b]",
                "function (doc) { emit(doc?.a?.b) }                             ; [a]",
                "function (doc) { emit(doc.d.e = 1) }                           ; [d] changes",
                "function(doc){ delete doc.a; emit(doc.b)}                      ; [a, b] changes",
                "function(doc){ return doc }                                    ; all",
                "function(doc){ emit(x ? doc : 1) }                             ; all",
                "function(doc){ emit(doc in x) }                                ; all",
                "function(doc){ with(doc) emit(a) }                             ; all changes",
                "function(doc){ emit(\"a\" + \"b\" in doc) }                    ; all",
                "function(doc){ try { emit(doc.a) } catch (e) { emit(doc.b) } } ; [a, b]"
            })
    void of_source_isWhatItCanDo(String test) {
        int separator = test.lastIndexOf(';');
        FunctionSource source = new FunctionSource(test.substring(0, separator).strip());

        String found = source.members() == null ? "all" : source.members().toString();
        assertEquals(test.substring(separator + 1).strip(), found + (source.mayMutate() ? " changes" : ""));
    }
}
