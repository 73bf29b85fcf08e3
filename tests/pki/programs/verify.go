// Verifies chains with Go's crypto/x509. Each line of standard input is root, leaf and intermediates in base64 with
// spaces between; each line of output is "ok" or what Go says. Arguments: name, seconds since 1970.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func judge(line, name string, at time.Time) string {
	roots, middle := x509.NewCertPool(), x509.NewCertPool()
	var leaf *x509.Certificate
	for place, word := range strings.Fields(line) {
		der, err := base64.StdEncoding.DecodeString(word)
		if err != nil {
			return err.Error()
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err.Error()
		}
		switch place {
		case 0:
			roots.AddCert(certificate)
		case 1:
			leaf = certificate
		default:
			middle.AddCert(certificate)
		}
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: middle, CurrentTime: at})
	if err != nil {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "ok"
}

func main() {
	seconds, _ := strconv.ParseInt(os.Args[2], 10, 64)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		fmt.Println(judge(lines.Text(), os.Args[1], time.Unix(seconds, 0)))
	}
}
