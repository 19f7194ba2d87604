// Checks a VIVIM log over HTTP with the packages that Go itself trusts its module downloads to: golang.org/x/mod/sumdb/note and sumdb/tlog.
//
//	verify <prefix of the log, such as https://social.example/log> <verifier key>
//
// Debian: golang-go, golang-golang-x-mod-dev. Nothing in here is by the authors of the log but the glue.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var prefix string

func main() {
	prefix = os.Args[1]
	tree, signed := checkpoint(os.Args[2])
	reader := tlog.TileHashReader(tree, tiles{})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		fail("the tiles make another root than the one that is signed")
	}
	entries := entries(tree.N)
	compareLeaves(tree, reader, entries)
	inclusions := checkInclusions(tree, entries)
	consistencies := checkConsistencies(tree, reader)
	receipts := checkReceipts(tree, entries, os.Args[2])
	fmt.Printf("OK  Go sumdb: %d entries, %d signature(s), %d inclusion and %d consistency proofs, %d receipts\n",
		tree.N, signed, inclusions, consistencies, receipts)
}

// checkpoint opens the signed note.
func checkpoint(vkey string) (tlog.Tree, int) {
	return open(get("/checkpoint"), vkey)
}

func open(signed []byte, vkey string) (tlog.Tree, int) {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("the checkpoint is of another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}, len(opened.Sigs)
}

// tiles reads what tlog asks for; tlog authenticates it against the signed root.
type tiles struct{}

func (tiles) Height() int                         { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		// C2SP leaves out the height.
		read = append(read, get("/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/")))
	}
	return read, nil
}

// entries reads all bundles.
func entries(size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := strings.TrimPrefix(tlog.Tile{H: 8, L: 0, N: n, W: int(width)}.Path(), "tile/8/0/")
		bundle := get("/tile/entries/" + path)
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail("a bundle ends inside an entry")
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			fail("a bundle goes on after its last entry")
		}
	}
	return all
}

// compareLeaves holds every entry against its authenticated leaf hash.
func compareLeaves(tree tlog.Tree, reader tlog.HashReader, entries [][]byte) {
	var indexes []int64
	for i := range entries {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	leaves, err := reader.ReadHashes(indexes)
	must(err)
	for i, entry := range entries {
		if tlog.RecordHash(entry) != leaves[i] {
			fail(fmt.Sprintf("entry %d is not the one in the tree", i))
		}
	}
}

type inclusion struct {
	Index, Size    int64
	LeafHash, Root tlog.Hash
	Proof          tlog.RecordProof
}

func checkInclusions(tree tlog.Tree, entries [][]byte) int {
	checked := 0
	for _, i := range sample(tree.N) {
		var p inclusion
		must(json.Unmarshal(get(fmt.Sprintf("/proof?position=%d&size=%d", i, tree.N)), &p))
		must(tlog.CheckRecord(p.Proof, tree.N, tree.Hash, i, tlog.RecordHash(entries[i])))
		checked++
	}
	return checked
}

type consistency struct {
	From, To         int64
	FromRoot, ToRoot tlog.Hash
	Proof            tlog.TreeProof
}

func checkConsistencies(tree tlog.Tree, reader tlog.HashReader) int {
	checked := 0
	for _, i := range sample(tree.N) {
		older := i + 1
		root, err := tlog.TreeHash(older, reader)
		must(err)
		var p consistency
		must(json.Unmarshal(get(fmt.Sprintf("/proof/consistency?from=%d&to=%d", older, tree.N)), &p))
		must(tlog.CheckTree(p.Proof, tree.N, tree.Hash, older, root))
		checked++
	}
	return checked
}

// checkReceipts reads the .tlog-proof files of a few public entries.
func checkReceipts(tree tlog.Tree, entries [][]byte, vkey string) int {
	checked := 0
	for i := int64(0); i < tree.N && checked < 5; i++ {
		if entries[i][0] != 0 {
			continue
		}
		file := string(get(fmt.Sprintf("/receipt/%d.tlog-proof", i)))
		head, signed, found := strings.Cut(file, "\n\n")
		lines := strings.Split(head, "\n")
		if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
			fail("not a tlog-proof")
		}
		lines = lines[1:]
		if strings.HasPrefix(lines[0], "extra ") {
			lines = lines[1:]
		}
		if lines[0] != fmt.Sprintf("index %d", i) {
			fail("the receipt is of another entry")
		}
		var proof tlog.RecordProof
		for _, line := range lines[1:] {
			hash, err := tlog.ParseHash(line)
			must(err)
			proof = append(proof, hash)
		}
		later, _ := open([]byte(signed), vkey)
		must(tlog.CheckRecord(proof, later.N, later.Hash, i, tlog.RecordHash(entries[i])))
		checked++
	}
	return checked
}

// sample gives the first, the last and about a hundred between.
func sample(size int64) []int64 {
	var indexes []int64
	step := size/100 + 1
	for i := int64(0); i < size-1; i += step {
		indexes = append(indexes, i)
	}
	return append(indexes, size-1)
}

func get(path string) []byte {
	answer, err := http.Get(prefix + path)
	must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(err)
	if answer.StatusCode != http.StatusOK {
		fail(fmt.Sprintf("%s answered %d", path, answer.StatusCode))
	}
	return body
}

func must(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(problem string) {
	fmt.Println("NO  Go sumdb:", problem)
	os.Exit(1)
}
