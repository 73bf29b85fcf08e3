module dojang/probe

go 1.26
