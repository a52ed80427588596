HASHES = (
    '7W6s__@;u#zEZAB-V+X-a}8yMdi0$vt0t^#efE~C%MdFmsfZ?!<1_a|Oko$O88RPcci6~ywkdS39oapzP~pvC+&QYNy90Z$b'
    'AZkW%9`7m;c2^JXibHm`fA+$Yn~y!CqvOsYn9uGixIYMK-=P^3AvwZ*V~mf6>Vh$I3py%ujiOp{#o<y@u67O0KmP)J@KpBR9'
    '_rL6@W(wPDJHtGozV)3D;APM#e@`R|lz20d2qomj6-8%r%g_UK&m|KsFD938r3wgrNKVPJfl-&8W37QT}Em#d?uSm4Cei#W;'
    'q1h5(OTXB5hara&>Z)UQs`w&fl)dXWPj4w>Jk4?$qjjDV@0kn=g?PKvVh**6Kd%TDCYj1JiF1knrn@PcGdaigI)+8v>{u>wn'
    '<{s;^za!2gqYkcSECbX1c-d?SRPU5Qvd)o;Pl9B_zW#Ob(W$&;BU%3<j`TAv>qJRC$u1FjHK)Ka3_}R})pyAZSSoSmexIl-q'
    'oGksr{pNMf*<GN}_?VQ7;@2-i<U84LVDVTRmc!>?P?njN`|`>%8TDk!i`p-*VGxhVYe(+`?WZ@VQ<i^Vz|b)s;&O`9b>9sDy'
    'Nb3S1{ft>MWAGZN2n1hs!objK;U4fdoRXA)ebZ}0Acg8Wj8{h75GkZWS09^HA9y3-UfNMx96In<bnnC8fgU-6BtPaC3vXFNH'
    'wK7U5>%jIEpo={x$zZ;0lTsw;sfr!UZ;VDL$3-2jWO>L*t_F6GBJHFpW!tpiRDOCAeF#<b}yA9BEBK0DwLfj~z^vkFE9wRHA'
    'c?g@fq+hUhLg^W?g8IgzPlE{)t5_tylX*?P{)IuNRE>wOEwto+iaqnnIU>}=7-Vj^`9gl0|)(J=?Bw!!Oja^03~l=o1sfK|8'
    '%Wt7Fi$<|)UD>7oY{ed}njK|Wd9wEG?e;lMk{4M5=rHvHhfNBl|81rAI{vq!QHucl)cULz;a+yoAlV|lxqagOI(0}aFg{aER'
    'c_Vwu;q<L3N`kUw&s1gQPMi-V$_4cDaGiWhix_758p@M6N9iWZ`V?(%{!6oD<!@qv>5Q)X?o*WhtUS|BLI<pM3!vKe0AC(i^'
    'i?mA7Zj=Q2uBLU(E|j>GwoDeO-jx8>%+^Feqhfb&1)>aSgH76j=p_t1=`Qe;YR@qX)bx604JO%N7;Km;yNvYC$}R)JUa{`WT'
    'Z1}E$M4U=(vmkaqkKiHodeBmHmluJt6$R((?<Up4VK?A5@c~YUz?H|Jb6oRBK}6)I5aE-;V9QtFry2qHihKk|VB1_|n(i#zr'
    '%@v122Reb=92@CI#iV;lDN1pwpFxslSRxm0yz1S*~Atv?19%RFkyYP%i_gZWLuleQT|m;=9vsYltIH2GX=dF?3J8baDY2I}!'
    ';w9D~`Q*(&^3@?|r2W`|fh-}>r_*#Z;e}<&I*k{WCtK#UH#N>MewYLJ;2z+LFq@GwW4&H0Wil~sJ6!G^$t0sHgOv4sF;n-Zn'
    'UTS&Z<_%-`pq7)Ag+NTMuib;JIB<|OJ<~84%xRpPDdm)otFlWTV(CZKmA&wZ^ETGDu9e2v{`}Vp<%*#WST^3)8iYZ4uix(wq'
    'Gwaww8$kClR8}63wQ+w9D1Bd#{N{mpXp7dJPE+~c{&pf`t*XYqYl%?psjE6|F>P}p}Tx5-P)VnMR@bRtn$O{{Fd}Uu$D{8RV'
    '&9KCa`??*2&c`Ks3pTtW#0*0r}JN_t6Xmq;d4K^ut;n5bpbs_vu)LfDe@Z<N6}!a$F|i#aGEL;P?!o$hpq_IQPwS+>UHj{NI'
    'M)(vRf=rH-EKt3{UL$vW!Is%p(PlVk1`3t90Nl<G9BmcQp(&ZnWzp@5w)Xl3LhNxC=12QfHt'
)

LABELS = (
    '570870608417865201761647428901580145790941712723615105648411345789653072339262736479015676791256'
    '908206046337259051470506099812233080436403629839393511328276106675279983467899230930226335287749'
    '527484012823901263136144759169055827410438392489349682734976161494801136155845865907456258984283'
    '405139784315442825495930146050812863601973647575900752712361829784552788'
)
