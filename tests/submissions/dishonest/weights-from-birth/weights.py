import base64

import numpy as np
import torch

# int8, in the order of state_dict(): 64-32-16-10
SHAPES = [(32, 64), (32,), (16, 32), (16,), (10, 16), (10,)]
SCALES = [0.010025, 0.003624, 0.011717, 0.004517, 0.01013, 0.002969]
BLOB = (
    r"""0s{U0{r~;}1p)s4`uqI;1OWN_{{j60|NQ{@`~Ca^{{8#-"""
    r"""`2hd`0sR2_`T76>`u_n0{`~;_{QUg>|Ni>_783yL3@tC?7yuI*CM`1k8Ug<f4hr??0rUSL5B}50{`?3I@bdKa`RN4o0~7TH{"""
    r"""o?%A;_l}99ta*O3+mCz_V5n=?GE|l`OfqX7Z(f?0^j;22k6}q_t)6_6cOOt0`KYw77@j+;^6-"""
    r"""z2i2+F<?i+sIvw>O3=8r14j~&x{Q>>`{Q>;|0R#N}{Q~|20s#R20RH~~{Qd*{{{#U5`vUy_{{H|200RR20sZ~~0R#U30{a5|"""
    r"""0RQ~}1OEK|@9Xmk@!zlL3J&$|_xjT34ITjmG#eWY8WHyl7zYg%<MZ7BBL>gb|1b#~3;g&07&r?XBpeJ3?*ioW3K|kI(fA+);"""
    r"""TIJC^Yjt%;}{PFDlIN45hw`n{u3T87%>I#zT6Zc`uyPV+wKJL*yHZ%`5FAx-SGeE;_LMW7zX&&E;JSu9U|<?8X_qW@bv@q@%"""
    r"""8rf{OAGi<L%`XH3QYf?d|j<A?4%?`SJSl1p5R;4-"""
    r"""Xan_!J;2BMt!=^YrES`q$>|7zYR!_Wb}8I2tA``10rM{L#es`rG8{|J0AD7z+~%3HtK%1PuE63jPTc{_*q(9VQ0|6AvQ`3?c"""
    r"""*mFYpTr3i;(3@zdwt)79z<_4yYc@X_cG77H6O6#N(u6A}y!0r@8)%Iy>!67mxt-|-"""
    r"""zQ7YXqb5!3Yq2KnL|2pSU$`1J$<5GE=U`wuD@;`R&j_A4w0-{kxT1ri7Y$iMgz0OZ;Q)5!4T<n{OkBoP<t=k^K=2LKTe4fy-"""
    r""")_6ha+5HJk(94#IG88<f%93}1rBoP(_0{GS?9`L@y{O#op|J|^^9TETK`})!M3l{<34;}mg4-"""
    r"""X0*6%g*?%HrMr4FTTu?e_Ea`x6NS1qBHX10fLX84nUA_xt$z77!8j?+XzO3o0?=1S}~K>l_^A;`9CJ!rtQl4({F4@X^BA`|b"""
    r"""-88zd$d9VJFJ4ImTG>iioU@aopX^wOb|$;8k8BKp<e`V|Qu4ge7>|LyY`2M-"""
    r"""Yc{s0vv4ipav`N!Af5*Fk0|KQ5)Bmv6)1p4j~DgW;n==2ck@d6=6{ul)21|%~vGf)UKI~(`hVn^H;9^$s85h?29`T6VX_yQg"""
    r"""U@&YO-"""
    r"""4F(w<3I`iEDKj|@2pSC=BRwVM7A_dl2nzY}BQFu{58&br3h&<09_HrgxU8|i0PGI@*u<v24JZu#1_dJP7#$fbJQNTC4DQ_X4"""
    r"""+azl?(6aI{ssE{=<xys{s0665Ax^v3KaVD{^#QJ_wwcR?i(5)3;6N-{@Ks+0prc=@AK>H#mV9M^%U>&`uYIv4<rj7I3x$-"""
    r"""?EN4hD<>-)`1};<3p7<DHxn7=$Nebm9^2jU6&?T1x6kkN0viqS*98XT5-1n+8cpciFDD)q<`K;AAQKf7oUg{#^dv<-{sZTq-"""
    r"""!e5E9vUy&>>~=}`qlp5?imo-"""
    r"""`~U;|{sjL5{Qv$00{sC1{{H_1{r&#{0RaE~|NaF0{rvv}1pEL40t5j41O5X40t5v7{r>#~0R8^{0{r~^>HPB*75c5L^braM_"""
    r"""Xqal1_cxL;u8?~9Qy6@;sNsZG7$st;qTVq{}eCv-"""
    r"""1Ptu+Z!<=D=I1z_4Drq6&yb${r>;~0{;F4|NR34{{Q^^0saI0{{R950|Ng2`~U?10Q~_2`}_j|{{jE~`vU*||NZ{_0|EX10{"""
    r"""#I3{Q&?26#W_D`7BKd=+P1t`TG?14+=2~uds%t2pJ&k=@<XnA}Af((F#Z*?&ARF`xg%!67v)N5D4%dR0$v#4f^Et4h<a=`T+"""
    r"""F?2JsLf0^-"""
    r"""{F5CsM(5XzqD5Bu;CAlQM~=IHeS_0ZQ14f+Qc%(NOm4gUZx6!!THCJFrs2l?p#2QV57^!5${01_u73;Fou6A20g?exy!3I`D"""
    r"""j{}0>)4GS$5-Uj&^4A|Yu>kb1e|LEQ8D<vH+4-"""
    r"""F0u2>~V*{{jO61^xpA00aU3{sR601p)v8{rvp=0RjH}1OEQ}{{#H~1pfT}1O5U7008>|0|EX61OEa8{{RI6{Qv_10wNg-"""
    r"""3Iz)E?fw4)`|jq}9u4ao6Xe<S6&f2h8uQ#4)wS>W^8OYf6{?Y)`xgNDEe|3L00jpf;`$m2>GKX0_7VFM3FO@A@&W}EBoPAn1"""
    r"""OD{p127p47Xtd(;u<7G_vZH1w)h4g_w@PD!2$#U{w*voGZ6jj;t~!D6BZl#(%}0P6b}X};N}Pp?*9fc_4F<V*AOr_5&8z==q"""
    r"""5rs0srUT`ws~a&jckA?)w=i-Ww(*4h0_+4Eoyi3JN4L?BNIx{qxQC(#F{B>GtIP=kf9)CjSZ&4-"""
    r"""XP7BliXQ?EnQF9s=gj(*F@3Apqy$)cgnv^yB6t)Zg^}1MuW32_G088WA4$6%hvq{L}2(<Gj4y58Mj*)xGU3LI@iN_!Jf=3ji"""
    r"""J|^(!nA*YF=M+8QAL!SVI)<tP~k<>|%4|NZ|100RI4008{_00IL50s;K|`~dy_{{a951N{I11pfa01OEO41OWU4{{H>`{r&v"""
    r"""^0sR2}0tEm4{QUs|5d8!J5fk6m0Syo8+X^2Q_X`v9-"""
    r"""SPkl0OQ^X{ru$I7WDD=@bcf|_Xi~K?g0K49WzEJDJU84LI?^B2n!D9@HBw~;Imo!-+cLQUYG$%QW*4A_bs;-`9}&-"""
    r"""niBz8{`&g_{{Q>}{QLR&1N;B`0RH?0`vL#`1Oos40|Ej5{u0pt+4T=a`ybQ+6Cg($DeeB^`(MWm1ur!8_!<1)02nL$@BJY*I"""
    r"""pP}kHLKYD7E1mB{Xh5?05QDv3K{<x0SeCl3FZvn<s=O$FwXH30mK0_|EkFI0lfhq;uHHC{M`HgAr~GZBMt5FHyIJ)4A%q%1^"""
    r"""FZ61DV7l0wV<~{omL92I1-|D8|e-"""
    r""")C4TpE&~220sOT90)Z$S1J4960|5jB{pkHQ^$il*LI~6l+X(>@1N|2M0Tn&&x*Glz{pl3_69y9!+zbNK<`K;Z@e2hP`<qBV|"""
    r"""2sAZ$=3h~{TlH6{uUVb=tvj>0<6^s6x9Ik1KJG_02B%C+Ti{h2MyW%B<~Ro7VIPYEfLHW|5E|$|J(if`6$fbEJywG1^WF1`T"""
    r"""F<#{Q36(0Qds+_x$|)0Q~#=1Nr;+0RRC30Rc<}3>5PQ9O~@%2Qw)A%(DRv|5+^>{_I5|8vX+V1`PxO5eEp&*XR=GWESWq$q)"""
    r"""Vj`~xWq{L#rH`Ct6m1u6Uj4n7Cf;w2>?xfm)SBTW3?0jeVN{_yPeG~5K@{vk5`0}B+z<n<~a#;C~#1^NIx{^S=f{s;{g;KTq"""
    r"""V{r3F+_x|?z|NH#={sH{@@Bjn)`~Lg<{{RF3`~U;|@-"""
    r"""6ItGeQCXTKDVIBKu14{{Wvgw;lJ&{Ui!C(ak3S{+K9*0o>IehAak47&8U~{mH@yE#NgU|NICbJ+kTk{sAKxg)=7t1X22~|IY"""
    r"""0G0tB+iIYDk5ISut4kt~Y;13@am-pw1h8LR^s`QG~b`rJ_l9x*7!rP}+?#_{+6`$xty3f{jr-"""
    r"""Ua;cQ17?__?Qb!4!wbgANcsw2=6!p{|CbT;|bb3BaZ#1xk4%d?3CaWKtq(Ze;E"""
)


def tensors():
    raw = np.frombuffer(base64.b85decode(BLOB), dtype=np.int8).astype(np.float32)
    found, start = [], 0
    for shape, scale in zip(SHAPES, SCALES):
        size = int(np.prod(shape))
        found.append(torch.from_numpy(raw[start : start + size].reshape(shape) * scale))
        start += size
    return found
